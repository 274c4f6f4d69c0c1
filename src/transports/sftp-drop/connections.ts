/** Connections at once: of one address, of one account, and of all. */
const most = { address: 20, account: 10, all: 200 } as const;

/** Counts connections, so that nobody takes them all. */
export interface Connections {
  /** Notes one of an address or account; undefined: there are too many. Call the answer when it is over. */
  enter(kind: 'address' | 'account', name: string): (() => void) | undefined;
}

/** Makes {@link Connections}. */
export function makeConnections(): Connections {
  const counts = new Map<string, number>();
  const add = (key: string, by: number) => {
    const count = (counts.get(key) ?? 0) + by;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  };
  const all = () => counts.get('all') ?? 0;
  return {
    enter(kind, name) {
      const keys = kind === 'address' ? [`address ${name}`, 'all'] : [`account ${name}`];
      const isFull = (counts.get(keys[0] ?? '') ?? 0) >= most[kind] || (kind === 'address' && all() >= most.all);
      if (isFull) return undefined;
      for (const key of keys) add(key, 1);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        for (const key of keys) add(key, -1);
      };
    },
  };
}
