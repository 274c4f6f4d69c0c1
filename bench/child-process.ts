import { type ChildProcess, fork } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a child process is told at its start; plain values. */
export type ChildOptions = Readonly<Record<string, string | number | boolean>>;
/** What a child process answers; plain values. */
export type ChildAnswer = Readonly<Record<string, string | number>>;

/** A running child process of the bench. */
export interface Child {
  /** What it said when it was ready. */
  readonly ready: ChildAnswer;
  /** Asks for something and waits for the answer. */
  ask(question: ChildOptions): Promise<ChildAnswer>;
  /** Lets it end; resolves when it has. */
  stop(): Promise<void>;
}

/** Where child processes find the program and put their logs and profiles. */
export interface ChildPlace {
  /** Top folder of the project. */
  readonly root: string;
  /** Folder of the compiled program. */
  readonly build: string;
  readonly folder: string;
  /** Folder for CPU profiles of the gateway's processes. */
  readonly profiles: string | undefined;
}

let count = 0;

/** Starts a process with a role of `children/`; resolves once it is ready. Its log goes to a file. */
export async function startChild(place: ChildPlace, role: string, options: ChildOptions): Promise<Child> {
  count += 1;
  const logPath = join(place.folder, `${count}-${role}.log`);
  const log = openSync(logPath, 'w');
  const profile =
    place.profiles === undefined || role !== 'gateway'
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${place.profiles}`, `--cpu-prof-name=${count}-${role}.cpuprofile`];
  const child = fork(join(place.build, 'bench/children/main.js'), [role, JSON.stringify(options)], {
    execArgv: [...startFlags(place.root), ...profile],
    cwd: place.root,
    stdio: ['ignore', log, log, 'ipc'],
  });
  const fail = () => new Error(`the ${role} process ended: ${readFileSync(logPath, 'utf8').slice(-2000)}`);
  const answer = () => nextAnswer(child, fail);
  return {
    ready: await answer(),
    ask(question) {
      const answered = answer();
      child.send(question);
      return answered;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}

/** The flags with which `npm start` runs the program, so that what is measured is what runs. */
function startFlags(root: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

function nextAnswer(child: ChildProcess, fail: () => Error): Promise<ChildAnswer> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(fail());
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.removeListener('exit', onExit);
      resolve(message as ChildAnswer);
    });
  });
}
