/** How IMS Enterprise Services behave for a tenant. */
export interface ImsEsSettings {
  /**
   * `compatible`: create, update and replace write or make, a trashed record comes back, references may be ahead of what
   * they mean. `strict`: as the standard's words have it, with each request checked against the schemas.
   */
  readonly behaviour: 'compatible' | 'strict';
  /** The most items of one request, 1 to 1,000. */
  readonly itemsPerRequest: number;
  /** Longest texts in characters that are taken, beside what the standard allows; null: no limit of its own. */
  readonly lengths: {
    readonly personId: number | null;
    readonly groupId: number | null;
    readonly membershipId: number | null;
    /** A name part of type Prefix. */
    readonly namePrefix: number | null;
    /** `descShort` of a group, and the extension field `course`. */
    readonly groupTitle: number | null;
    /** `org/id` of a group. */
    readonly orgId: number | null;
  };
}

/** What an admin may set for a tenant. */
export interface TenantSettings {
  readonly imsEs: ImsEsSettings;
  /** How courses are removed, by every door (decisions 2.3, 2.4). */
  readonly courses: {
    /** A course that would be deleted is archived; off: it goes to the trash, and below a removed group it lives on without that parent. */
    readonly archive: boolean;
  };
  /** A feed that lists a record which was made by hand becomes its owner (decisions 2.1). */
  readonly adoptManual: boolean;
  /** How people sign in to the admin API. */
  readonly signIn: {
    /** Accounts with a password need a second factor: who has none may only set one up, and HTTP Basic is refused. */
    readonly requireTotp: boolean;
  };
}

/** A tenant's settings until somebody changes them. */
export const defaultTenantSettings: TenantSettings = {
  courses: { archive: true },
  adoptManual: true,
  signIn: { requireTotp: false },
  imsEs: {
    behaviour: 'compatible',
    itemsPerRequest: 1000,
    lengths: {
      personId: null,
      groupId: null,
      membershipId: null,
      namePrefix: null,
      groupTitle: null,
      orgId: null,
    },
  },
};

const length = { type: ['integer', 'null'], minimum: 1, maximum: 65_536 } as const;

/** The JSON Schema of what `PUT /api/v1/settings` takes; what is absent stays as it is. */
export const tenantSettingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    courses: { type: 'object', additionalProperties: false, properties: { archive: { type: 'boolean' } } },
    adoptManual: { type: 'boolean' },
    signIn: { type: 'object', additionalProperties: false, properties: { requireTotp: { type: 'boolean' } } },
    imsEs: {
      type: 'object',
      additionalProperties: false,
      properties: {
        behaviour: { enum: ['compatible', 'strict'] },
        itemsPerRequest: { type: 'integer', minimum: 1, maximum: 1000 },
        lengths: {
          type: 'object',
          additionalProperties: false,
          properties: {
            personId: length,
            groupId: length,
            membershipId: length,
            namePrefix: length,
            groupTitle: length,
            orgId: length,
          },
        },
      },
    },
  },
} as const;

/** Some of the settings, at any depth. */
export type SomeTenantSettings = Some<TenantSettings>;

type Some<T> = T extends object ? { readonly [K in keyof T]?: Some<T[K]> } : T;
