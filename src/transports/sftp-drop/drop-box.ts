import type { Clock } from '../../base/clock.ts';
import type { SftpDropSettings } from '../../sync/index.ts';
import type { FeedPlace, Taken } from '../types.ts';
import { isOnTheWay } from './names.ts';
import { removeFile, type Spool, type WholeFile } from './spool.ts';
import { openUpload, type Upload } from './upload.ts';

/** Files of a feed that may lie in the spool at once. */
const mostFiles = 200;
/** Files that were taken in and are still shown. */
const mostShown = 200;

/** How a file stands: on its way, whole and not yet taken in, or what became of it. */
export type DropState = 'coming' | 'waiting' | 'taken' | 'refused';

/** A file as its sender sees it. */
export interface DropItem {
  readonly name: string;
  readonly bytes: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly state: DropState;
}

/** Why something is refused, in the words of the protocol. */
export type DropRefusal = 'absent' | 'denied' | 'failure';

/** How a file is opened. */
export interface OpenWay {
  readonly truncate: boolean;
  readonly append: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
}

/** A file that a client has open. */
export interface OpenFile {
  readonly name: string;
  readonly bytes: number;
  write(at: number, piece: Uint8Array): Promise<boolean>;
  /** Ends it; false: it is not whole, and is not taken. `by`: who brought it. */
  close(by: string): Promise<boolean>;
  /** Its client is gone: it is kept, to be gone on with. */
  abandon(): Promise<void>;
}

/** The virtual folder of a feed, for all of its clients. */
export interface DropBox {
  list(): Promise<readonly DropItem[]>;
  find(name: string): Promise<DropItem | undefined>;
  /** Opens a file for writing; whoever has it open is broken off, as after a lost connection. */
  open(name: string, way: OpenWay): Promise<OpenFile | DropRefusal>;
  rename(from: string, to: string, by: string): Promise<DropRefusal | undefined>;
  remove(name: string): Promise<DropRefusal | undefined>;
}

/** What a {@link DropBox} needs. */
export interface DropBoxDeps {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly maxFileBytes: number;
  /** The feed's rules as they are now. */
  rules(): Promise<SftpDropSettings>;
  /** Takes a whole file in. */
  take(file: WholeFile, by: string): Promise<Taken['state'] | undefined>;
}

/** Makes the {@link DropBox} of a feed. */
export function makeDropBox(place: FeedPlace, { spool, clock, maxFileBytes, rules, take }: DropBoxDeps): DropBox {
  const open = new Map<string, Upload>();
  const shown = new Map<string, DropItem>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: two clients never open, rename or finish files of a feed at once. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  }

  function show(item: DropItem): void {
    shown.delete(item.name);
    shown.set(item.name, item);
    const [oldest] = shown.keys();
    if (shown.size > mostShown && oldest !== undefined) shown.delete(oldest);
  }

  /** Puts a file to the whole ones and has it taken in, for which nobody waits. */
  async function finish(name: string, by: string): Promise<void> {
    const file = await spool.find(place, name);
    if (file === undefined) return;
    const whole = await spool.finish(place, file);
    const item = { name, bytes: file.bytes, at: clock.now().getTime() };
    show({ ...item, state: 'waiting' });
    take(whole, by)
      .then((state) => {
        if (state === undefined || state === 'waiting') return;
        show({ ...item, state: state === 'known' ? 'taken' : state });
      })
      .catch(() => undefined);
  }

  /** A file was closed or was given its last name: takes what is whole by the feed's rule. */
  async function came(name: string, wasRenamed: boolean, by: string): Promise<void> {
    const { whole, markerSuffix } = await rules();
    if (whole === 'marker') {
      const isMarker = name.endsWith(markerSuffix) && name.length > markerSuffix.length;
      const file = isMarker ? name.slice(0, -markerSuffix.length) : name;
      if (!(await isReady(file)) || (await spool.find(place, file + markerSuffix)) === undefined) return;
      await removeFile(await spool.pathOf(place, file + markerSuffix));
      return finish(file, by);
    }
    if (isOnTheWay(name) || (whole === 'rename' && !wasRenamed) || !(await isReady(name))) return;
    return finish(name, by);
  }

  /** Whether a file is there, nobody writes to it, and there is something in it. */
  async function isReady(name: string): Promise<boolean> {
    const file = await spool.find(place, name);
    return file !== undefined && file.bytes > 0 && !open.has(name);
  }

  async function breakOff(name: string): Promise<void> {
    const before = open.get(name);
    open.delete(name);
    await before?.abandon();
  }

  function handle(name: string, upload: Upload): OpenFile {
    const isMine = () => open.get(name) === upload;
    return {
      name,
      get bytes() {
        return upload.bytes;
      },
      write: async (at, piece) => isMine() && (await upload.write(at, piece)),
      close: (by) =>
        inTurn(async () => {
          if (!isMine()) return false;
          open.delete(name);
          const isWhole = await upload.close();
          if (isWhole) await came(name, false, by);
          return isWhole;
        }),
      abandon: () =>
        inTurn(async () => {
          if (isMine()) await breakOff(name);
        }),
    };
  }

  return {
    async list() {
      const coming = (await spool.coming(place)).map((file) => ({ ...itemOf(file), state: 'coming' as const }));
      const names = new Set(coming.map(({ name }) => name));
      const earlier = [...shown.values()].filter(({ name }) => !names.has(name));
      return [...coming, ...earlier].sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async find(name) {
      const file = await spool.find(place, name);
      return file === undefined ? shown.get(name) : { ...itemOf(file), state: 'coming' };
    },
    open: (name, way) =>
      inTurn(async () => {
        const there = await spool.find(place, name);
        if (there === undefined && !way.create) return 'absent';
        if (there !== undefined && way.exclusive) return 'failure';
        if (there === undefined && (await filesOf(spool, place)) >= mostFiles) return 'failure';
        await breakOff(name);
        const path = await spool.pathOf(place, name);
        const upload = await openUpload(path, { ...way, maxBytes: maxFileBytes });
        open.set(name, upload);
        return handle(name, upload);
      }),
    rename: (from, to, by) =>
      inTurn(async () => {
        const file = await spool.find(place, from);
        if (file === undefined) return shown.has(from) ? 'denied' : 'absent';
        if (open.has(from) || open.has(to) || (await spool.find(place, to)) !== undefined) return 'failure';
        await spool.move(place, from, to);
        await came(to, true, by);
        return undefined;
      }),
    remove: (name) =>
      inTurn(async () => {
        const file = await spool.find(place, name);
        if (file === undefined) {
          if (shown.get(name)?.state === 'waiting') return 'denied';
          return shown.delete(name) ? undefined : 'absent';
        }
        await breakOff(name);
        await removeFile(file.path);
        return undefined;
      }),
  };
}

async function filesOf(spool: Spool, place: FeedPlace): Promise<number> {
  const [coming, whole] = await Promise.all([spool.coming(place), spool.whole(place)]);
  return coming.length + whole.length;
}

function itemOf({ name, bytes, at }: { readonly name: string; readonly bytes: number; readonly at: number }) {
  return { name, bytes, at };
}
