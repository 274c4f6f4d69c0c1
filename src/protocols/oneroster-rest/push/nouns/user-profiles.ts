import type { UserProfile } from '../../../../model/index.ts';
import type { Data } from '../../body/fields.ts';
import { dataOf, type Merging, type Reading } from './noun.ts';

/** The profiles of a 1.2 body. */
export function readProfiles({ fields }: Reading): Data[] | null {
  return (
    fields.objects('userProfiles')?.map((item) => {
      const credentials = item.objects('credentials')?.map((one) => {
        const credential = { type: one.need('type'), username: one.need('username'), password: one.text('password') };
        one.finish();
        return credential;
      });
      const profile = {
        profileId: item.need('profileId'),
        profileType: item.need('profileType'),
        vendorId: item.need('vendorId'),
        applicationId: item.text('applicationId'),
        description: item.text('description'),
        credentials: credentials ?? null,
      };
      item.finish();
      return profile;
    }) ?? null
  );
}

const given = (data: Data): Data => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

/** The profiles of a user as they are sent, with the passwords that are not; those that reads cannot show stay. */
export function userProfilesOf(merging: Merging): Data {
  const { sent, changed } = merging;
  if (!changed('userProfiles')) return {};
  const stored = dataOf(merging, 'person')?.userProfiles ?? [];
  const profiles = ((sent['userProfiles'] as Data[] | null) ?? []).map((profile) => {
    const same = stored.find(({ profileId }) => profileId === profile['profileId']);
    const credentials = (profile['credentials'] as Data[] | null)?.map((one) => ({
      ...passwordOf(same, one),
      ...given(one),
    }));
    return {
      ...(same?.['sourcedId'] !== undefined && { sourcedId: same['sourcedId'] }),
      ...given({ ...profile, credentials: credentials ?? null }),
    };
  });
  const hidden = stored.filter(
    ({ profileId, profileType, vendorId }) =>
      ![profileId, profileType, vendorId].every((one) => typeof one === 'string'),
  );
  const all = [...profiles, ...hidden];
  return { userProfiles: all.length === 0 ? null : all };
}

function passwordOf(profile: UserProfile | undefined, { type, username }: Data): Data {
  const credentials = profile?.['credentials'];
  if (!Array.isArray(credentials)) return {};
  const same = (credentials as Data[]).find((one) => one['type'] === type && one['username'] === username);
  return same?.['password'] === undefined ? {} : { password: same['password'] };
}
