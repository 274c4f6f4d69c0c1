import type { Vault } from '../../roster/index.ts';
import type { NoticeTopic, NoticeWay } from '../../sync/index.ts';

/** What a link in a mail is for. */
export interface LinkClaims {
  readonly does: 'confirm' | 'unsubscribe';
  readonly tenant: string;
  readonly feed: string;
  /** Id of the subscriber. */
  readonly id: string;
  /** Milliseconds since 1970 until when it holds; null: for as long as the key of secrets does. */
  readonly until: number | null;
  /** confirm: what the person wants to hear of, and how. */
  readonly how?: NoticeWay;
  readonly hears?: readonly NoticeTopic[];
}

/** Links by which a person who gets mails acts without an account: sealed, so that nobody makes or changes one. */
export interface Links {
  /** The whole address; undefined where PUBLIC_URL is not set. */
  make(claims: LinkClaims): string | undefined;
  /** What a token is for; undefined where it is none of ours or its time is over. */
  read(token: string, now: Date): LinkClaims | undefined;
}

const purpose = 'notice-link';

/** Makes {@link Links}. */
export function makeLinks(vault: Pick<Vault, 'seal' | 'open'>, publicUrl: string | undefined): Links {
  return {
    make(claims) {
      if (publicUrl === undefined) return undefined;
      return `${publicUrl}/notices/${claims.does}?token=${encodeURIComponent(vault.seal(JSON.stringify(claims), purpose))}`;
    },
    read(token, now) {
      const text = token.length > 2_000 ? undefined : vault.open(token, purpose);
      if (text === undefined) return undefined;
      const claims = JSON.parse(text) as LinkClaims;
      return claims.until !== null && claims.until <= now.getTime() ? undefined : claims;
    },
  };
}
