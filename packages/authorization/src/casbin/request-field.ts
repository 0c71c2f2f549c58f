/** What a request may tell a model: who, in which tenant, does what, with which resource, and which one of them. */
export const requestFields = ['sub', 'dom', 'obj', 'act', 'id'] as const;

export type RequestField = (typeof requestFields)[number];

export function requestFieldNamed(name: string): RequestField | undefined {
  return requestFields.find((field) => field === name);
}
