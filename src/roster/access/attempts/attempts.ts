import { RateLimiterMemory } from 'rate-limiter-flexible';
import { sha256 } from '../../../base/ids.ts';
import type { Failed, Result } from '../../../base/result.ts';
import type { SharedCounter } from '../../../store/index.ts';
import { networksOf } from '../../../wire/index.ts';
import type { Caller, Context } from '../../context.ts';
import { makeKept } from './kept.ts';
import { makeTurns } from './turns.ts';

/** Seconds from the first wrong try for which wrong tries count. */
export const failureSeconds = 15 * 60;
/** Seconds for which an address is known to a credential that came in from it. */
export const knownSeconds = 30 * 24 * 3_600;
/** Milliseconds after it came in for which a pair of credential and address is not looked up again. */
const clearMs = 60_000;
/** Milliseconds after which it is written again that an address is known. */
const dayMs = 24 * 3_600_000;

/** How many times the tries of one pair an address has for all names, or with bearer secrets, which nobody guesses. */
const addressFactor = 10;
const bearerFactor = 100;
/** How many times the tries of one pair a name has over all addresses before it counts as under attack. */
const attackFactor = 2;

/** Slows down those who guess names and secrets. */
export interface Attempts {
  /**
   * Runs a proof of a name and a secret, unless too many were wrong: then it is refused unseen (`too-many-requests`).
   * `remembered`: whether this very secret was found right a moment ago, which costs no hash.
   */
  proveName(
    name: string,
    caller: Caller | undefined,
    proof: () => Promise<Result<Context>>,
    remembered?: () => Promise<boolean>,
  ): Promise<Result<Context>>;
  /** Runs a proof by a token or key, which carries no name; right ones are never refused. */
  proveBearer(caller: Caller | undefined, proof: () => Promise<Result<Context>>): Promise<Result<Context>>;
}

/** What {@link makeAttempts} needs. */
export interface AttemptsDeps {
  /** Wrong tries that one address has with one name in {@link failureSeconds}; 0: any number. */
  readonly failures: number;
  /** Counts over {@link failureSeconds}. */
  readonly wrong: SharedCounter;
  /** Counts over {@link knownSeconds}. */
  readonly known: SharedCounter;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Under what a try is counted. Hashes: people type passwords where names belong, and addresses are personal data. */
interface Keys {
  readonly pair: string;
  readonly sender: string;
  readonly name: string;
  /** The name from the wider network. */
  readonly wide: string;
}

/**
 * Makes {@link Attempts}. Wrong tries are counted for the name from the sender's address, for the sender, and for the
 * name from anywhere. Nobody is locked out by others: a name under attack is closed only to networks that were wrong
 * with it themselves, and an address by which a credential came in within thirty days waits for its own mistakes only.
 * Unknown names are counted as known ones are.
 */
export function makeAttempts({ failures, wrong, known, now }: AttemptsDeps): Attempts {
  const clear = makeKept(now);
  const blocked = makeKept(now);
  const noted = makeKept(now);
  const inTurn = makeTurns();
  const peeks = new RateLimiterMemory({ points: failures * addressFactor, duration: failureSeconds });

  async function fail(keys: Keys): Promise<void> {
    clear.forget(keys.pair);
    await Promise.all([keys.pair, keys.sender, keys.name, keys.wide].map((key) => wrong.add(key)));
  }

  async function pass({ pair }: Keys): Promise<void> {
    clear.keep(pair, clearMs);
    if (noted.left(pair) > 0) return;
    noted.keep(pair, dayMs);
    await known.set(pair);
  }

  async function isKnown(pair: string): Promise<boolean> {
    if (noted.left(pair) > 0) return true;
    return (await known.read(pair)).count > 0;
  }

  /** Seconds that a try has to wait; 0: none. */
  async function waitOf(keys: Keys): Promise<number> {
    const [pair, sender, name, wide, isOld] = await Promise.all([
      wrong.read(keys.pair),
      wrong.read(keys.sender),
      wrong.read(keys.name),
      wrong.read(keys.wide),
      isKnown(keys.pair),
    ]);
    if (pair.count >= failures) return pair.seconds;
    if (isOld) return 0;
    if (sender.count >= failures * addressFactor) return sender.seconds;
    return name.count >= failures * attackFactor && wide.count > 0 ? wide.seconds : 0;
  }

  async function tried(keys: Keys, proof: () => Promise<Result<Context>>): Promise<Result<Context>> {
    const result = await proof();
    if (result.ok) await pass(keys);
    else if (result.problem.code === 'unauthenticated') await fail(keys);
    return result;
  }

  /** Refuses a try, but for a secret that is known to be right; even that is looked at a few times only. */
  async function refuse(
    { pair }: Keys,
    seconds: number,
    proof: () => Promise<Result<Context>>,
    remembered: () => Promise<boolean>,
  ): Promise<Result<Context>> {
    const before = await peeks.get(pair);
    if ((before?.remainingPoints ?? 1) > 0) {
      if (await remembered()) return proof();
      await peeks.penalty(pair);
    }
    return tooMany(seconds);
  }

  return {
    async proveName(name, caller, proof, remembered = async () => false) {
      if (failures <= 0 || caller === undefined) return proof();
      const keys = keysOf(name, caller.address);
      if (clear.left(keys.pair) > 0) return tried(keys, proof);
      const left = blocked.left(keys.pair);
      if (left > 0) return refuse(keys, left / 1_000, proof, remembered);
      return inTurn(keys.sender, async () => {
        const wait = clear.left(keys.pair) > 0 ? 0 : await waitOf(keys);
        if (wait <= 0) return tried(keys, proof);
        blocked.keep(keys.pair, wait * 1_000);
        return refuse(keys, wait, proof, remembered);
      });
    },

    async proveBearer(caller, proof) {
      const result = await proof();
      if (failures <= 0 || caller === undefined || result.ok || result.problem.code !== 'unauthenticated') {
        return result;
      }
      const sender = sha256(`bearer ${networksOf(caller.address).sender}`);
      const left = blocked.left(sender);
      if (left > 0) return tooMany(left / 1_000);
      const { count, seconds } = await wrong.add(sender);
      if (count <= failures * bearerFactor) return result;
      blocked.keep(sender, seconds * 1_000);
      return tooMany(seconds);
    },
  };
}

function keysOf(name: string, address: string): Keys {
  const { sender, wide } = networksOf(address);
  const key = (...parts: readonly string[]) => sha256(JSON.stringify(parts));
  return {
    pair: key('pair', name, sender),
    sender: key('sender', sender),
    name: key('name', name),
    wide: key('wide', name, wide),
  };
}

/** The refusal of a try that has to wait. */
function tooMany(seconds: number): Failed {
  const retryAfter = Math.max(1, Math.ceil(seconds));
  const text = `Too many wrong names, passwords or keys came from this address or for this name; wait ${retryAfter} s.`;
  return { ok: false, problem: { code: 'too-many-requests', text, retryAfter } };
}
