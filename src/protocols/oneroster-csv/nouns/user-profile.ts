import { isLegalSourcedId } from '../../../model/index.ts';
import type { Data, Reading } from './noun.ts';

const profileUrn = 'urn:oneroster:userProfile:';

/** The `profileId` that REST needs (an address) for a profile that CSV names by sourcedId: itself if it is one, else a URN. */
export function profileAddress(sourcedId: string): string {
  if (/^[a-z][a-z0-9+.-]*:\S+$/i.test(sourcedId) && URL.canParse(sourcedId)) return sourcedId;
  return `${profileUrn}${encodeURIComponent(sourcedId)}`;
}

/** The sourcedId of a profile by the `profileId` that {@link profileAddress} made; undefined for other addresses. */
export function profileSourcedId(profileId: string): string | undefined {
  if (!profileId.startsWith(profileUrn)) return undefined;
  const id = profileId.slice(profileUrn.length).replaceAll('%2F', '/').replaceAll('%40', '@');
  return isLegalSourcedId(id) ? id : undefined;
}

/** A row of `userProfiles.csv` (OneRoster CSV 1.2, userProfiles) as a profile of its user with one credential. */
export function readUserProfile({ cells }: Reading): Data {
  const [applicationId, description] = [cells.text('applicationId'), cells.text('description')];
  const [type, username, password] = [cells.wanted('credentialType'), cells.wanted('username'), cells.text('password')];
  const sourcedId = cells.need('sourcedId');
  return {
    sourcedId,
    profileId: profileAddress(sourcedId),
    profileType: cells.need('profileType'),
    vendorId: cells.need('vendorId'),
    ...(typeof applicationId === 'string' && { applicationId }),
    ...(typeof description === 'string' && { description }),
    ...(typeof type === 'string' &&
      typeof username === 'string' && {
        credentials: [{ type, username, ...(typeof password === 'string' && { password }) }],
      }),
  };
}
