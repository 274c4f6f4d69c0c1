import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Compiles `src` and `bench` as `npm run build` does, into a folder of its own below node_modules, and answers that
 * folder. What is measured is the compiled program: tsx would wrap inner functions and slow hot loops down.
 */
export function buildProgram(root: string): string {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'rostergate-bench-'));
  const project = join(folder, 'tsconfig.json');
  const compilerOptions = { rootDir: root, outDir: folder, noCheck: true };
  const include = [join(root, 'src'), join(root, 'bench')];
  writeFileSync(project, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include }));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    stdio: ['ignore', 2, 2],
  });
  return folder;
}
