import { dataOf, metadataOf, type PushNoun, picked } from './noun.ts';

/** A resource (OneRoster 1.1 and 1.2, `Resource`). */
export const pushResource: PushNoun = {
  read: ({ fields }) => ({
    title: fields.text('title'),
    roles: fields.texts('roles'),
    importance: fields.word('importance', ['primary', 'secondary']),
    vendorResourceId: fields.text('vendorResourceId'),
    vendorId: fields.text('vendorId'),
    applicationId: fields.text('applicationId'),
    metadata: fields.metadata(),
  }),
  data: (merging) => ({
    ...picked(merging, {
      title: 'title',
      roles: 'roles',
      importance: 'importance',
      vendorResourceId: 'vendorResourceId',
      vendorId: 'vendorId',
      applicationId: 'applicationId',
    }),
    ...metadataOf(merging, dataOf(merging, 'resource')?.extension),
  }),
};
