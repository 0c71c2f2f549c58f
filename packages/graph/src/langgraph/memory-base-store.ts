import {
  isJsonValue,
  type Memory,
  type MemoryCondition,
  type MemoryOperator,
  MemoryValueError,
  type OwnedMemories,
} from '@agentflow/core';
import type { JsonObject, JsonValue } from '@agentflow/protocol';
import {
  BaseStore,
  type GetOperation,
  getTextAtPath,
  type Item,
  type ListNamespacesOperation,
  type MatchCondition,
  type Operation,
  type OperationResults,
  type PutOperation,
  type SearchItem,
  type SearchOperation,
} from '@langchain/langgraph-checkpoint';

/**
 * LangGraph's store over the memories of whoever the run belongs to: a node finds and leaves what the memory routes show to
 * that principal, and can reach nobody else's, whatever namespace it names.
 */
export class MemoryBaseStore extends BaseStore {
  readonly #memories: OwnedMemories;

  constructor(memories: OwnedMemories) {
    super();
    this.#memories = memories;
  }

  /** In order, so that what is read sees what was written before it. */
  async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    const results: unknown[] = [];
    for (const operation of operations) results.push(await this.#perform(operation));
    return results as OperationResults<Op>;
  }

  #perform(operation: Operation): Promise<unknown> {
    if ('namespacePrefix' in operation) return this.#search(operation);
    if ('value' in operation) return this.#put(operation);
    if ('key' in operation) return this.#get(operation);
    return this.#listNamespaces(operation);
  }

  async #get({ namespace, key }: GetOperation): Promise<Item | null> {
    const memory = await this.#memories.get(namespace, key);
    return memory === undefined ? null : toItem(memory);
  }

  async #put({ namespace, key, value, index }: PutOperation): Promise<void> {
    if (value === null) {
      await this.#memories.delete(namespace, key);
      return;
    }
    if (!isJsonObject(value)) throw new MemoryValueError('a memory must be plain JSON');
    await this.#memories.put({ namespace, key, value, text: textOf(value, index) });
  }

  async #search({ namespacePrefix, filter, limit, offset, query }: SearchOperation): Promise<SearchItem[]> {
    const found = await this.#memories.search({
      namespacePrefix,
      text: query ?? '',
      conditions: toConditions(filter ?? {}),
      minimumScore: 0,
      order: 'score',
      limit: limit ?? 10,
      offset: offset ?? 0,
    });
    return found.map((memory) =>
      memory.score === undefined ? toItem(memory) : { ...toItem(memory), score: memory.score },
    );
  }

  async #listNamespaces(operation: ListNamespacesOperation): Promise<string[][]> {
    const { matchConditions = [], maxDepth, limit, offset } = operation;
    const all = await this.#memories.listNamespaces();
    const matching = all.filter((namespace) => matchConditions.every((condition) => isMatch(condition, namespace)));
    const cut = matching.map((namespace) => namespace.slice(0, maxDepth));
    const distinct = [...new Map(cut.map((namespace) => [namespace.join('.'), namespace])).values()];
    return distinct.slice(offset, offset + limit);
  }
}

function toItem({ namespace, key, value, createdAt, updatedAt }: Memory): Item {
  return {
    namespace: [...namespace],
    key,
    value: value as Record<string, unknown>,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

const isJsonObject = (value: Record<string, unknown>): value is JsonObject & Record<string, unknown> =>
  isJsonValue(value);

/** What an item is found by: the fields that the node names, or all texts in it. `false` means that it should not be. */
function textOf(value: JsonObject, index: PutOperation['index']): string {
  if (index === false) return '';
  const texts = index === undefined ? allTexts(value) : index.flatMap((path) => getTextAtPath(value, path));
  return texts.join('\n');
}

function allTexts(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member) => allTexts(member));
}

const operators: Readonly<Record<string, MemoryOperator>> = {
  $eq: 'eq',
  $ne: 'ne',
  $gt: 'gt',
  $gte: 'gte',
  $lt: 'lt',
  $lte: 'lte',
};

/** `{field: value}`, or `{field: {$gt: value}}` with one or more of LangGraph's operators. */
function toConditions(filter: Readonly<Record<string, unknown>>): MemoryCondition[] {
  return Object.entries(filter).flatMap(([field, wanted]) => {
    if (typeof wanted !== 'object' || wanted === null) return [toCondition(field, 'eq', wanted)];
    return Object.entries(wanted).map(([name, value]) => {
      const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
      if (operator === undefined) throw new MemoryValueError(`a filter knows no ${name}`);
      return toCondition(field, operator, value);
    });
  });
}

function toCondition(field: string, operator: MemoryOperator, value: unknown): MemoryCondition {
  const isScalar = value === null || ['string', 'number', 'boolean'].includes(typeof value);
  if (!isScalar) throw new MemoryValueError('a filter compares texts, numbers, booleans and null');
  return { path: [field], operator, value: value as MemoryCondition['value'] };
}

function isMatch({ matchType, path }: MatchCondition, namespace: readonly string[]): boolean {
  if (path.length > namespace.length) return false;
  const part = matchType === 'prefix' ? namespace : namespace.slice(namespace.length - path.length);
  return path.every((label, index) => label === '*' || label === part[index]);
}
