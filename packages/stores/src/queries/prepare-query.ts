import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Database } from '../schema.js';

/** What stands in a prepared query where a value will be. */
class Place {
  readonly name: PropertyKey;
  constructor(name: PropertyKey) {
    this.name = name;
  }
}

/**
 * Builds and compiles a query once, for those that each request asks. Wherever `build` writes a value, it reads a place for it from what it
 * is given; each call then brings the values by their names. What the text depends on, such as how many values a list has, is written out.
 */
export function prepareQuery<Values extends object, Row>(
  db: Kysely<Database>,
  build: (places: Values) => Compilable<Row>,
): (values: Values) => Promise<readonly Row[]> {
  const places = new Proxy({}, { get: (_none, name) => new Place(name) }) as Values;
  const compiled: CompiledQuery<Row> = build(places).compile();
  return async (values) => {
    const parameters = compiled.parameters.map((parameter) =>
      parameter instanceof Place ? values[parameter.name as keyof Values] : parameter,
    );
    const { rows } = await db.executeQuery<Row>({ ...compiled, parameters });
    return rows;
  };
}
