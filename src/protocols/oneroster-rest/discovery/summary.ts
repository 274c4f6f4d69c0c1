import { collectionOf, nounOf, type Operation } from '../operations/index.ts';

const words = (name: string) => name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

/** What an operation does, in a sentence. */
export function summaryOf({ kind, view, within }: Operation): string {
  const many = words(collectionOf[view]);
  const one = words(nounOf[view]);
  const of = within
    .map((each) => ` of a ${words(each)}`)
    .reverse()
    .join('');
  switch (kind) {
    case 'read-one':
      return `Reads one of the ${many}.`;
    case 'read-many':
      return `Reads a page of the ${many}${of}.`;
    case 'put':
    case 'push-put':
      return `Creates or replaces a ${one} under the sender's sourcedId.`;
    case 'delete':
    case 'push-delete':
      return `Deletes a ${one}; it goes to the trash and is shown as tobedeleted.`;
    case 'post-set':
      return `Creates ${many}${of}; the gateway gives out their sourcedIds.`;
    case 'push-post':
      return `Creates a ${one}; the gateway gives out a sourcedId where none is sent.`;
    case 'push-batch':
      return 'Runs up to 1,000 operations in order, with a status for each.';
  }
}
