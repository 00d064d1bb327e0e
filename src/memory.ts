/** What a process remembers of each owner by key. It is gone with the owner, and shared with no other process. */
export interface Memory<O extends object, V> {
  get(owner: O, key: string): V | undefined;
  set(owner: O, key: string, value: V): void;
}

/** A memory of at most so many entries for each owner: where one more comes, all of that owner's are forgotten. */
export function createMemory<O extends object, V>(most: number): Memory<O, V> {
  const all = new WeakMap<O, Map<string, V>>();
  return {
    get: (owner, key) => all.get(owner)?.get(key),
    set(owner, key, value) {
      const held = all.get(owner) ?? new Map<string, V>();
      all.set(owner, held);
      if (held.size >= most) held.clear();
      held.set(key, value);
    },
  };
}
