/** How a setting's text is read. */
export type Kind =
  | {
      readonly kind:
        | 'text'
        | 'access-key'
        | 'smtp'
        | 'mailbox'
        | 'path'
        | 'url'
        | 'database'
        | 'key'
        | 'keys'
        | 'hosts'
        | 'paths';
    }
  | { readonly kind: 'integer' | 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'proxy' };

/** One row of the table of settings. */
export type Setting = Kind & {
  /** Name of the environment variable, and of the key in the file that `ROSTERGATE_CONFIG` names. */
  readonly name: string;
  /** Value when nothing is set, as one would write it; without it the setting stays unset. */
  readonly fallback?: string;
  /** A secret may also come from a file named by `<NAME>_FILE`; its value is never shown. */
  readonly secret?: true;
  readonly doc: string;
};

const integer = (min: number, max: number) => ({ kind: 'integer', min, max }) as const;
const days = integer(0, 36_500);
const bytes = integer(1_024, Number.MAX_SAFE_INTEGER);

/**
 * Every setting of the gateway: the type of the configuration, its reading and the README's table come from here.
 * Keys are the names in the program, `name` is what people write.
 */
export const settings = {
  port: {
    name: 'PORT',
    ...integer(0, 65_535),
    fallback: '3000',
    doc: 'TCP port of the HTTP server; 0 takes a free one',
  },
  host: {
    name: 'HOST',
    kind: 'text',
    fallback: '127.0.0.1',
    doc: 'address to listen on; `0.0.0.0` or `::` for all, behind a proxy that speaks TLS',
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    kind: 'url',
    doc: 'address that clients reach the gateway by, used in hrefs and WSDL; unset: taken from each request',
  },
  smtpUrl: {
    name: 'SMTP_URL',
    kind: 'smtp',
    secret: true,
    doc: 'mail server by which notices go out, as `smtps://user:password@mail.school.example`; `smtp://` speaks TLS where the server offers it, with `?requireTLS=true` always; unset: no mails are sent',
  },
  mailFrom: {
    name: 'MAIL_FROM',
    kind: 'mailbox',
    doc: 'sender of mails, as `rostergate@school.example` or `Roster <rostergate@school.example>`; needed with `SMTP_URL`',
  },
  trustProxy: {
    name: 'TRUST_PROXY',
    kind: 'proxy',
    fallback: 'false',
    doc: 'whose `X-Forwarded-*` headers count: `false`, a number of proxies, or addresses such as `loopback, 10.0.0.0/8`',
  },
  soapPlainHttp: {
    name: 'SOAP_PLAIN_HTTP',
    kind: 'choice',
    choices: ['loopback', 'allow'],
    fallback: 'loopback',
    doc: 'where passwords, client secrets and keys of the admin API may come over plain HTTP, not for SOAP alone: `loopback` (this machine only) or `allow` (anywhere)',
  },
  requestsPerSecond: {
    name: 'REQUESTS_PER_SECOND',
    ...integer(0, 1_000_000),
    fallback: '5000',
    doc: 'requests a second that one credential gets answered, counted over ten seconds and all instances; 0: any number',
  },
  tenantRequestsPerSecond: {
    name: 'TENANT_REQUESTS_PER_SECOND',
    ...integer(0, 1_000_000),
    fallback: '10000',
    doc: 'the same for all credentials of one tenant together',
  },
  addressRequestsPerSecond: {
    name: 'ADDRESS_REQUESTS_PER_SECOND',
    ...integer(0, 1_000_000),
    fallback: '10000',
    doc: 'the same for one sender’s address, as `TRUST_PROXY` finds it, whoever it says it is',
  },
  failedLogins: {
    name: 'FAILED_LOGINS',
    ...integer(0, 1_000_000),
    fallback: '10',
    doc: 'wrong log-ins that one address has with one name in 15 minutes before it has to wait, ten times as many with any names; 0: any number',
  },
  mongodbUri: {
    name: 'MONGODB_URI',
    kind: 'database',
    secret: true,
    doc: 'replica set or sharded cluster to use; unset: an embedded MongoDB in `DATA_DIR`',
  },
  dataDir: {
    name: 'DATA_DIR',
    kind: 'path',
    fallback: './data',
    doc: 'folder of the embedded MongoDB, of received files, of the command line’s key and of the key of stored secrets',
  },
  mongodCacheGb: {
    name: 'MONGOD_CACHE_GB',
    kind: 'number',
    min: 0.25,
    max: 1_024,
    fallback: '0.5',
    doc: 'memory for the embedded MongoDB’s cache, in GB',
  },
  secretsKey: {
    name: 'SECRETS_KEY',
    kind: 'key',
    secret: true,
    doc: 'key of stored secrets that must be read again: 32 bytes as base64 or hexadecimal digits, the same for all instances on one database; unset: made in `DATA_DIR/secrets-key`',
  },
  secretsKeysOld: {
    name: 'SECRETS_KEYS_OLD',
    kind: 'keys',
    secret: true,
    doc: 'keys of before, with commas between: they open what they have sealed, and seal nothing (`rostergate secrets rotate`)',
  },
  bootstrapTenant: {
    name: 'BOOTSTRAP_TENANT',
    kind: 'text',
    fallback: 'default',
    doc: 'name of the tenant that the first start creates',
  },
  bootstrapUser: {
    name: 'BOOTSTRAP_USER',
    kind: 'text',
    fallback: 'admin',
    doc: 'user name, and OneRoster client id, of that tenant’s first credential',
  },
  bootstrapPassword: {
    name: 'BOOTSTRAP_PASSWORD',
    kind: 'text',
    secret: true,
    doc: 'its password, client secret and admin key; unset: made at random and printed once. Ignored once the tenant exists',
  },
  operatorKey: {
    name: 'OPERATOR_KEY',
    kind: 'access-key',
    secret: true,
    doc: 'key of the gateway’s operators, who make, suspend and delete tenants (Bearer, with `X-Tenant` for one tenant’s data); 32 characters or more. Unset: only the command line on this machine may',
  },
  metricsKey: {
    name: 'METRICS_KEY',
    kind: 'access-key',
    secret: true,
    doc: 'key by which Prometheus reads `/metrics` (Bearer); 32 characters or more. Unset: there is no such address',
  },
  tenantQuarantineDays: {
    name: 'TENANT_QUARANTINE_DAYS',
    ...days,
    fallback: '30',
    doc: 'days that a deleted tenant can be restored before all of its data is erased',
  },
  outboundHosts: {
    name: 'OUTBOUND_HOSTS',
    kind: 'hosts',
    doc: 'hosts that the gateway may ask besides public addresses over TLS on the ports 443 and 8443 (downstream servers, OneRoster servers, S3, HTTPS, providers of sign-in) and over SSH on port 22 (SFTP), as names or addresses with commas between; `host:port` allows that port only, `http://host` plain HTTP too',
  },
  dropFolders: {
    name: 'DROP_FOLDERS',
    kind: 'paths',
    doc: 'folders that feeds of the transport `folder` may look into, with commas between; each has a folder by the name of each tenant, below which its feeds’ folders are. Unset: none',
  },
  sftpPort: {
    name: 'SFTP_PORT',
    ...integer(0, 65_535),
    doc: 'TCP port on which feeds of the transport `sftp-drop` take files by SFTP; 0 takes a free one. Unset: there is no SFTP server',
  },
  sftpHost: {
    name: 'SFTP_HOST',
    kind: 'text',
    fallback: '127.0.0.1',
    doc: 'address on which the SFTP server listens; `0.0.0.0` or `::` for all',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    kind: 'choice',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    fallback: 'info',
    doc: 'least level of the JSON log lines on standard error',
  },
  maxBodyBytes: { name: 'MAX_BODY_BYTES', ...bytes, fallback: '10485760', doc: 'largest SOAP or JSON body, in bytes' },
  runsAtOnce: {
    name: 'RUNS_AT_ONCE',
    ...integer(1, 64),
    fallback: '2',
    doc: 'imports and other runs that one gateway works on at once, one at a time for each feed; of two or more places one is kept for files below 8 MB',
  },
  maxImportBytes: {
    name: 'MAX_IMPORT_BYTES',
    ...bytes,
    fallback: '2147483648',
    doc: 'largest file taken for an import, in bytes',
  },
  tokenSeconds: {
    name: 'TOKEN_SECONDS',
    ...integer(60, 86_400),
    fallback: '3600',
    doc: 'life of a OneRoster access token, in seconds',
  },
  sessionIdleMinutes: {
    name: 'SESSION_IDLE_MINUTES',
    ...integer(1, 1_440),
    fallback: '30',
    doc: 'minutes without a request after which the session of a person ends',
  },
  sessionHours: {
    name: 'SESSION_HOURS',
    ...integer(1, 168),
    fallback: '12',
    doc: 'hours after which it ends in any case',
  },
  trashDays: {
    name: 'TRASH_DAYS',
    ...days,
    fallback: '30',
    doc: 'days that a deleted record can be restored before it may be purged',
  },
  tombstoneDays: {
    name: 'TOMBSTONE_DAYS',
    ...days,
    fallback: '90',
    doc: 'days that readers of changes are told of purged records and of ids that OneRoster shows no more; no personal data are kept for it',
  },
  originalsDays: {
    name: 'ORIGINALS_DAYS',
    ...days,
    fallback: '7',
    doc: 'days that an imported file is kept after the end of its run; a purge deletes those that came before it',
  },
  reportDays: {
    name: 'REPORT_DAYS',
    ...days,
    fallback: '400',
    doc: 'days that a run’s lists of changes and problems are kept after its end, and what another server has refused',
  },
  changeLogDays: {
    name: 'CHANGE_LOG_DAYS',
    ...days,
    fallback: '400',
    doc: 'days that the change log keeps what was changed, with the values before; older runs cannot be undone. 0: for ever',
  },
  auditDays: {
    name: 'AUDIT_DAYS',
    ...days,
    fallback: '0',
    doc: 'days that entries of the audit log are kept; 0: for ever',
  },
  brakePercent: {
    name: 'BRAKE_PERCENT',
    ...integer(0, 100),
    fallback: '25',
    doc: 'share of a type that one credential may remove within 24 hours, in percent; never fewer than 100 records. 100 lets go of the brake',
  },
  shutdownSeconds: {
    name: 'SHUTDOWN_SECONDS',
    ...integer(0, 3_600),
    fallback: '30',
    doc: 'patience with accepted requests when the gateway is asked to stop, in seconds',
  },
} as const satisfies Readonly<Record<string, Setting>>;

type ValueOf<S extends Setting> = S extends { kind: 'choice'; choices: readonly (infer C)[] }
  ? C
  : S extends { kind: 'integer' | 'number' }
    ? number
    : S extends { kind: 'proxy' }
      ? boolean | number | string
      : S extends { kind: 'key' }
        ? Uint8Array
        : S extends { kind: 'keys' }
          ? readonly Uint8Array[]
          : S extends { kind: 'paths' }
            ? readonly string[]
            : string;

type Settings = typeof settings;

/** The gateway's configuration: every setting read and checked. */
export type Config = {
  readonly [K in keyof Settings as Settings[K] extends { fallback: string } ? K : never]: ValueOf<Settings[K]>;
} & {
  readonly [K in keyof Settings as Settings[K] extends { fallback: string } ? never : K]?: ValueOf<Settings[K]>;
};

/** The table of settings as Markdown, for the README. */
export function settingsTable(): string {
  const rows = Object.values<Setting>(settings).map((setting) => {
    const names = setting.secret === true ? `\`${setting.name}\`, \`${setting.name}_FILE\`` : `\`${setting.name}\``;
    return `| ${names} | ${setting.fallback === undefined ? '–' : `\`${setting.fallback}\``} | ${setting.doc} |`;
  });
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
