/** What stands in a line of CSV as it is: nothing that parts fields, and nothing that a reader takes off. */
const plain = /^[^",()#\s][^",()\s]*(?: [^",()\s]+)*$/;

/** A line as {@link parseCsv} reads it: `p, admin, graph, invoke`. */
export function writeCsvLine(fields: readonly string[]): string {
  return fields.map((field) => (plain.test(field) ? field : `"${field.replaceAll('"', '""')}"`)).join(', ');
}
