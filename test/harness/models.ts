/** A model whose rules name threads, nodes and tools: one, those that begin so (`team-*`), or all (`*`). */
export const modelWithIds = `[request_definition]
r = sub, obj, act, id

[policy_definition]
p = sub, obj, act, id

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = g(r.sub, p.sub) && (p.obj == "*" || r.obj == p.obj) && (p.act == "*" || r.act == p.act) && keyMatch(r.id, p.id)
`;
