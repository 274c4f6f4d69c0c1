import type { Request } from 'express';
import type { ProblemCode } from '../base/problem.ts';
import type { Failed } from '../base/result.ts';
import type { Jobs } from '../jobs/index.ts';
import type {
  Access,
  Action,
  Audit,
  Context,
  CredentialsRoom,
  GatewayAction,
  PreferencesRoom,
  ProviderRoom,
  RecordsRoom,
  Roster,
  SecretsRoom,
  SessionsRoom,
  SubjectsRoom,
  Tenancy,
  Tenants,
  TrashRoom,
} from '../roster/index.ts';
import type { Downstreams, Exports, Sync } from '../sync/index.ts';
import type { Answer } from './answer.ts';
import type { ArrivalsRoom } from './arrivals/rooms.ts';
import type { FeedCheckRoom } from './feed-check/rooms.ts';
import type { FeedsHealthRoom } from './health/rooms.ts';
import type { Parameters, ValuesOf } from './parameters.ts';
import type { SchemaName } from './schemas.ts';
import type { SftpServerRoom } from './sftp/rooms.ts';
import type { SubscribersOfFeeds } from './subscribers/rooms.ts';
import type { Uploads } from './uploads/types.ts';
import type { WebhooksOfTenants } from './webhooks/rooms.ts';

/** What the handlers work with. */
export interface Rooms {
  readonly sync: Sync;
  readonly roster: Pick<Roster, 'waiting' | 'names' | 'byIdentifier' | 'find' | 'accountStatus' | 'accountsChanged'>;
  readonly trash: TrashRoom;
  readonly records: RecordsRoom;
  readonly subjects: SubjectsRoom;
  readonly preferences: PreferencesRoom;
  readonly uploads: Uploads;
  /** Address by which others reach the gateway, where it is set. */
  readonly publicUrl?: string | undefined;
  readonly downstreams: Downstreams;
  readonly exports: Exports;
  readonly access: Pick<Access, 'admin' | 'adminKey' | 'token' | 'forTenant'>;
  readonly credentials: CredentialsRoom;
  readonly tenants: Pick<Tenants, 'settings' | 'putSettings'>;
  readonly audit: Audit;
  readonly tenancy: Tenancy;
  readonly sessions: SessionsRoom;
  readonly secrets: SecretsRoom;
  readonly providers: ProviderRoom;
  readonly jobs: Pick<Jobs, 'list' | 'retry' | 'drop'>;
  readonly transports: ArrivalsRoom & FeedCheckRoom & FeedsHealthRoom;
  readonly sftpDrop: SftpServerRoom;
  readonly notify: { readonly subscribers: SubscribersOfFeeds; readonly webhooks: WebhooksOfTenants };
}

/** A checked request. */
export interface Call<Values = Readonly<Record<string, unknown>>> {
  readonly context: Context;
  /** The `:id` or `:name` of the path, empty where it has none. */
  readonly id: string;
  readonly query: Values;
  /** The JSON body, checked by the route's schema; undefined where it takes none. */
  readonly body: unknown;
  /** The request itself, for the bytes of a file. */
  readonly request: Request;
}

/** One route of the admin API: the router and the OpenAPI document are both made from it. */
export interface Route<Ps extends Parameters = Parameters> {
  /** `operationId`. */
  readonly id: string;
  /** What it does, by which roles may ask for it. */
  readonly action: Action | GatewayAction;
  /** Actions that it does not need, but that decide how much its answer shows. */
  readonly also?: readonly Action[];
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As express writes it; at most one parameter. */
  readonly path: string;
  readonly summary: string;
  readonly query: Ps;
  /** The schema of a JSON body, or `file` for bytes of any kind. */
  readonly body?: SchemaName | 'file';
  readonly success: {
    readonly status: 200 | 201 | 202 | 204;
    readonly doc: string;
    readonly schema?: SchemaName;
    /** Media types of an answer that is no JSON. */
    readonly content?: string | readonly string[];
  };
  /** Destroys or lets go what nothing brings back: in a session it is asked anew who the person is. */
  readonly fresh?: true;
  /** Open to OneRoster clients with the scope `import` too, for feeds that list them; the handler asks `mayUseFeed`. */
  readonly clients?: true;
  /** Problems besides those that every route may have. */
  readonly problems: readonly ProblemCode[];
  handle(rooms: Rooms, call: Call): Promise<Answer | Failed>;
}

/** Writes down a route; its handler knows the types of its query parameters. */
export function route<const Ps extends Parameters>(
  definition: Omit<Route<Ps>, 'handle'> & {
    handle(rooms: Rooms, call: Call<ValuesOf<Ps>>): Promise<Answer | Failed>;
  },
): Route {
  // The router reads the query by this very table, so that the values have the types that it names.
  return definition as unknown as Route;
}
