import { type Group, type GroupType, orgTypeOf } from '../../../model/index.ts';
import { element } from '../../../wire/index.ts';
import { serviceNamespaces } from '../namespaces.ts';
import { leaf } from './elements.ts';
import { type Fields, filled, given, some } from './fields.ts';

const d = serviceNamespaces.gms.data;

/** The scheme of itslearning; its types are Unspecified, Site, School, Course and CourseGroup. */
const itslearning = 'ItslearningOrganisationTypes';
/** The scheme of groups that itslearning has no type for, where the sender named none. */
const own = 'Rostergate';

/** Levels of itslearning's organisation types; those of courses are not known, and clients leave them out. */
const levels: ReadonlyMap<string, string> = new Map([
  ['unspecified', '-1'],
  ['site', '0'],
  ['school', '1'],
]);

function levelOf(scheme: string, type: string): string | undefined {
  return scheme.trim().toLowerCase() === itslearning.toLowerCase() ? levels.get(type.trim().toLowerCase()) : undefined;
}

/** Reads `groupType`; in itslearning's scheme a level that is not that of its type is remarked on and kept. */
export function decodeTypes(fields: Fields): Group['types'] {
  const groupType = fields.one(d, 'groupType');
  if (groupType === undefined) return undefined;
  const scheme = filled(groupType.text(d, 'scheme'));
  const values = groupType.all(d, 'typeValue').map((value) => {
    const found = given({ type: filled(value.text(d, 'type')), level: filled(value.text(d, 'level')) });
    const usual = levelOf(scheme ?? '', found.type ?? '');
    if (usual !== undefined && found.level !== undefined && found.level.trim() !== usual) {
      value.remark('level', `is not that of the type, which is ${usual}; the type was followed`);
    }
    value.finish();
    return found;
  });
  groupType.finish();
  const used = values.filter((value) => some(value) !== undefined);
  return scheme === undefined && used.length === 0 ? undefined : [{ ...given({ scheme }), values: used }];
}

/** Type and scheme of groups whose sender named none, in the words that clients know best. */
function usualType(group: Group): { readonly scheme: string; readonly type: string } {
  switch (group.kind) {
    case 'org': {
      const type = orgTypeOf(group);
      const word = type === 'school' ? 'School' : type === 'district' ? 'Site' : 'Unspecified';
      return { scheme: itslearning, type: word };
    }
    case 'course':
      return { scheme: own, type: 'CourseTemplate' };
    case 'session':
      return { scheme: own, type: 'Term' };
    case 'class':
      return { scheme: itslearning, type: 'Course' };
    default:
      return { scheme: itslearning, type: 'Unspecified' };
  }
}

/**
 * Writes `groupType`, which the schema requires with scheme, type and level; only the first scheme has a place. What the
 * sender left out is written as it goes with the rest.
 */
export function encodeTypes(group: Group): string {
  const [first] = group.types ?? [];
  const usual = usualType(group);
  const scheme = first?.scheme ?? usual.scheme;
  const values: GroupType['values'] = first === undefined || first.values.length === 0 ? [{}] : first.values;
  return element(
    'd:groupType',
    undefined,
    leaf('d:scheme', scheme, 256) || leaf('d:scheme', usual.scheme),
    ...values.map(({ type, level }) =>
      element(
        'd:typeValue',
        undefined,
        leaf('d:type', type, 256) || leaf('d:type', usual.type),
        leaf('d:level', level, 2) || leaf('d:level', levelOf(scheme, type ?? usual.type) ?? '-1'),
      ),
    ),
  );
}
