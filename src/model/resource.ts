import Type, { type Static } from 'typebox';
import { Extension, optionalList, optionalText } from './parts.ts';

/** A resource that courses, classes and users name (OneRoster 1.1 and 1.2 `resource`). */
export const Resource = Type.Object({
  title: optionalText('Title'),
  roles: optionalList(Type.String(), 'Roles of the users whom it is for'),
  importance: optionalText('primary or secondary'),
  vendorResourceId: optionalText('Id that the vendor gave it'),
  vendorId: optionalText('Id of the vendor'),
  applicationId: optionalText('Id of the application that goes with it'),
  extension: Type.Optional(Extension),
});
export type Resource = Static<typeof Resource>;
