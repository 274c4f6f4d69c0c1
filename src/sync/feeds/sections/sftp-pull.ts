import { type Failed, failed } from '../../../base/result.ts';
import { wholeRules } from './folder.ts';
import type { FeedSection } from './section.ts';

/** Where a feed's files are fetched by SFTP; part of its settings. */
export interface SftpPullSettings {
  host: string;
  port: number;
  user: string;
  auth: 'password' | 'key';
  /** The server's key, as `SHA256:…`; another one is refused before anything is sent. */
  hostKey: string;
  /** The folder that is looked at, or with `pattern` null one file; without a leading `/` as seen from where a log-in begins. */
  path: string;
  /** Null: `path` is one file. Else the names of the files in the folder, with `*` for any characters and `?` for one. */
  pattern: string | null;
  /**
   * `settled`: nothing was written to it for `settleSeconds`. `rename`: the sender gives it a name of the pattern when it is
   * whole. `marker`: a second file lies beside it, of the same name with `markerSuffix` behind it.
   */
  whole: (typeof wholeRules)[number];
  settleSeconds: number;
  markerSuffix: string;
  /** What becomes of a file that was taken or refused: it stays, it is deleted, or it is put into the folder `moveTo`. */
  after: 'keep' | 'delete' | 'move';
  moveTo: string | null;
}

/** The rules of the setting `sftpPull`. */
export const sftpPullSection: FeedSection<SftpPullSettings> = {
  properties: {
    host: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9._:-]+$' },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    user: { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f]+$' },
    auth: { enum: ['password', 'key'] },
    hostKey: { type: 'string', pattern: '^SHA256:[A-Za-z0-9+/]{43}=?$' },
    path: { type: 'string', minLength: 1, maxLength: 1024 },
    pattern: { type: ['string', 'null'], minLength: 1, maxLength: 255 },
    whole: { enum: wholeRules },
    settleSeconds: { type: 'integer', minimum: 1, maximum: 86_400 },
    markerSuffix: { type: 'string', minLength: 1, maxLength: 64 },
    after: { enum: ['keep', 'delete', 'move'] },
    moveTo: { type: ['string', 'null'], minLength: 1, maxLength: 1024 },
    password: { type: 'string', minLength: 1, maxLength: 1024 },
    privateKey: { type: 'string', minLength: 1, maxLength: 16_384 },
    passphrase: { type: 'string', minLength: 1, maxLength: 1024 },
  },
  secrets: ['password', 'privateKey', 'passphrase'],
  required: ['host', 'user', 'hostKey', 'path'],
  defaults: {
    port: 22,
    auth: 'password',
    pattern: null,
    whole: 'settled',
    settleSeconds: 60,
    markerSuffix: '.done',
    after: 'keep',
    moveTo: null,
  },
  check(section, { there, secrets }) {
    const wrong = checkPaths(section);
    if (wrong !== undefined) return wrong;
    const secret = section.auth === 'password' ? 'password' : 'privateKey';
    if (secrets[secret] !== undefined) return undefined;
    if (there === null || there.auth !== section.auth) {
      return bad(secret, `The setting sftpPull.${secret} is needed with auth ${section.auth}.`);
    }
    const isSame = (['host', 'port', 'hostKey'] as const).every((field) => there[field] === section[field]);
    return isSame ? undefined : bad(secret, elsewhere(secret));
  },
};

function checkPaths({ path, pattern, markerSuffix, after, moveTo }: SftpPullSettings): Failed | undefined {
  for (const [field, text] of Object.entries({ path, moveTo: moveTo ?? '' })) {
    if (text.includes('\0')) return bad(field, `The setting sftpPull.${field} cannot hold a NUL.`);
  }
  for (const [field, text] of Object.entries({ pattern: pattern ?? '', markerSuffix })) {
    if (/[/\0]/.test(text)) return bad(field, `The setting sftpPull.${field} is for names, without folders.`);
  }
  if (pattern === null && path.endsWith('/')) {
    return bad(
      'pattern',
      'The setting sftpPull.pattern is needed where sftpPull.path is a folder; for all files set *.',
    );
  }
  if (after !== 'move') return undefined;
  if (moveTo === null) return bad('moveTo', 'The setting sftpPull.moveTo is needed with after move.');
  return pattern !== null && plain(moveTo) === plain(path)
    ? bad('moveTo', 'The setting sftpPull.moveTo is the folder that is looked at; name another one.')
    : undefined;
}

/** A path without what has no meaning in it. */
function plain(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return (path.startsWith('/') ? '/' : '') + parts.join('/');
}

function bad(field: string, text: string): Failed {
  return failed('invalid-request', text, { field });
}

const elsewhere = (secret: string) =>
  `The setting sftpPull.${secret} is needed with another host, port or host key: the stored one is for the server of before and is not used elsewhere.`;
