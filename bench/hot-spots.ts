import { readFileSync } from 'node:fs';

interface Node {
  readonly id: number;
  readonly children?: readonly number[];
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}
interface Profile {
  readonly nodes: readonly Node[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const place = ({ callFrame: { functionName, url, lineNumber } }: Node) => {
  const path = url.replace(/^.*\/(rostergate-bench-\w+|node_modules)\//, '');
  return `${functionName || '(anonymous)'} ${path}:${lineNumber + 1}`;
};

/** Time of each function by itself, and with what it called, in milliseconds. */
function timesOf({ nodes, samples, timeDeltas }: Profile): { self: Map<string, number>; whole: Map<string, number> } {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const [self, whole] = [new Map<string, number>(), new Map<string, number>()];
  const add = (times: Map<string, number>, name: string, time: number) =>
    times.set(name, (times.get(name) ?? 0) + time);
  samples.forEach((sample, at) => {
    const time = (timeDeltas[at] ?? 0) / 1000;
    const names = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const node = byId.get(id);
      if (node !== undefined) names.add(place(node));
    }
    const [own] = names;
    if (own !== undefined) add(self, own, time);
    for (const name of names) add(whole, name, time);
  });
  return { self, whole };
}

function print(title: string, times: Map<string, number>, sum: number, filter: (name: string) => boolean): void {
  process.stdout.write(`${title}\n`);
  const sorted = [...times].filter(([name]) => filter(name)).sort(([, a], [, b]) => b - a);
  for (const [name, time] of sorted.slice(0, 40)) {
    const percent = ((100 * time) / sum).toFixed(1).padStart(5);
    process.stdout.write(`${String(Math.round(time)).padStart(7)} ms ${percent} %  ${name}\n`);
  }
}

/** Prints where the time of profiles went: `node --import tsx bench/hot-spots.ts FILE.cpuprofile`. */
for (const path of process.argv.slice(2)) {
  const { self, whole } = timesOf(JSON.parse(readFileSync(path, 'utf8')) as Profile);
  const idle = [...self].reduce((sum, [name, time]) => (/^\((idle|program)\)/.test(name) ? sum + time : sum), 0);
  const sum = [...self.values()].reduce((total, time) => total + time, 0) - idle;
  process.stdout.write(`${path}: ${Math.round(sum)} ms of work, ${Math.round(idle)} ms of waiting\n`);
  print('by themselves:', self, sum, (name) => !/^\((idle|program|root)\)/.test(name));
  print('own functions with what they called, until they wait:', whole, sum, (name) => / (src|bench)\//.test(name));
}
