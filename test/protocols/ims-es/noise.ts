import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { common, messageBinding, serviceNamespaces } from '../../../src/protocols/ims-es/namespaces.ts';
import { childrenNamed, escapeText, parseXml, type XmlElement } from '../../../src/wire/index.ts';
import type { Tree } from './records.ts';
import { wsdlDir } from './schemas.ts';

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';

/** Namespaces by the prefixes that trees use. */
const namespaces: ReadonlyMap<string, string> = new Map([
  ['c', common],
  ['h', messageBinding],
  ...Object.entries(serviceNamespaces).flatMap(([service, { message, data }]): [string, string][] => [
    [`${service.slice(0, 1)}m`, message],
    [`${service.slice(0, 1)}d`, data],
  ]),
]);

/** A name with its namespace, as `{namespace}name`. */
type QName = string;

/** The optional children of each element, as our schemas have them. */
export function readOptionalChildren(): ReadonlyMap<QName, readonly QName[]> {
  const typeOf = new Map<QName, QName>();
  const optionalOf = new Map<QName, QName[]>();
  for (const file of readdirSync(wsdlDir).filter((name) => name.endsWith('.xsd'))) {
    const text = readFileSync(join(wsdlDir, file), 'utf8');
    const parsed = parseXml(text);
    if (!parsed.ok) throw new Error(`${file} is no XML`);
    const target = parsed.value.attributes['targetNamespace'] ?? '';
    const declared = new Map([...text.matchAll(/xmlns:(\w+)="([^"]+)"/g)].map(([, prefix, uri]) => [prefix, uri]));
    const resolve = (name = '') => {
      const [prefix = '', local = ''] = name.split(':');
      return `{${declared.get(prefix)}}${local}`;
    };
    const visit = (element: XmlElement): void => {
      const { name, type } = element.attributes;
      if (element.name === 'element' && type !== undefined) typeOf.set(`{${target}}${name}`, resolve(type));
      for (const child of element.children) visit(child);
    };
    visit(parsed.value);
    for (const complex of childrenNamed(parsed.value, 'complexType')) {
      const elements: XmlElement[] = [];
      const collect = (element: XmlElement): void => {
        if (element.name === 'element') elements.push(element);
        for (const child of element.children) collect(child);
      };
      collect(complex);
      const optional = elements.filter(({ attributes }) => attributes['minOccurs'] === '0');
      const names = optional.map(({ attributes: { name, ref } }) =>
        ref === undefined ? `{${target}}${name}` : resolve(ref),
      );
      optionalOf.set(`{${target}}${complex.attributes['name']}`, names);
    }
  }
  return new Map([...typeOf].map(([element, type]) => [element, optionalOf.get(type) ?? []]));
}

/** Draws whole numbers from 0 up to but not including `below`, the same ones for the same seed (mulberry32). */
function makeDraw(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const flags = ['restrict', 'primaryRoleType', 'status', 'enrollAccept', 'enrollAllowed'];
const typed = [...flags, 'date', 'bday', 'gender', 'systemRole', 'relation', 'idType'];

/**
 * Writes a tree as clients do that are not careful: any prefixes and default namespaces, declared anywhere; namespaces
 * of the standard confused or missing; elements of a parent in any order, those of one name in theirs; empty and nil
 * elements for what is absent; attributes, comments, CDATA and white space. Its meaning is that of the tree.
 */
export function makeNoise(optionalChildren: ReadonlyMap<QName, readonly QName[]>) {
  return function noisy(tree: Tree, seed: number): string {
    const draw = makeDraw(seed);
    const chance = (percent: number) => draw(100) < percent;
    const pick = <T>(items: readonly T[]): T => items[draw(items.length)] as T;
    const prefixes = new Map<string, string>();
    const prefixOf = (uri: string): string => {
      const known = prefixes.get(uri);
      if (known !== undefined) return known;
      const made = `${pick(['a', 'q', 'ns', 'soap', 'P-', 'x.', 'æ'])}${prefixes.size}`;
      prefixes.set(uri, made);
      return made;
    };
    const spaces = () => (chance(30) ? pick([' ', '\n  ', '<!-- note -->', '<?ignore this?>\n', '\t']) : '');

    const text = (value: string, name: string): string => {
      const flag = flags.includes(name) && chance(50);
      const said = flag ? (value === 'true' ? pick(['1', 'TRUE', 'True']) : pick(['0', 'FALSE', 'False'])) : value;
      if (typed.includes(name) && chance(30)) return `\n ${said} `;
      if (chance(20) && !/\]\]>|\r/.test(said)) return `<![CDATA[${said}]]>`;
      if (chance(20))
        return Array.from(said)
          .map((each) => `&#x${each.codePointAt(0)?.toString(16)};`)
          .join('');
      if (chance(10)) return `<!-- before -->${escapeText(said)}<!---->`;
      return escapeText(said);
    };

    /** Writes an element; `scope` holds what prefixes mean here, '' the default namespace. */
    const write = (
      qname: QName,
      content: (scope: ReadonlyMap<string, string>) => string,
      outer: ReadonlyMap<string, string>,
      nil = false,
    ): string => {
      const { uri: right, local } = parts(qname);
      const uri = chance(90) ? right : pick(['', ...namespaces.values()]);
      const scope = new Map(outer);
      const attributes: string[] = [];
      const declare = (prefix: string, value: string) => {
        scope.set(prefix, value);
        attributes.push(`${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${value}"`);
      };
      let tag = local;
      if (uri === '' || chance(40)) {
        if ((scope.get('') ?? '') !== uri) declare('', uri);
      } else {
        tag = `${prefixOf(uri)}:${local}`;
        if (scope.get(prefixOf(uri)) !== uri || chance(5)) declare(prefixOf(uri), uri);
      }
      if (nil || chance(10)) {
        if (scope.get(prefixOf(xsi)) !== xsi) declare(prefixOf(xsi), xsi);
        attributes.push(`${prefixOf(xsi)}:nil="${nil ? pick(['true', '1']) : pick(['false', '0'])}"`);
        if (chance(50)) attributes.push(`${prefixOf(xsi)}:type="any:${local}Type"`);
      }
      if (chance(5)) attributes.push('id="i1"');
      const inside = content(scope);
      const start = [tag, ...attributes].join(' ');
      return inside === '' && chance(50) ? `<${start}/>` : `<${start}>${inside}</${tag}>`;
    };

    const empty = (qname: QName, scope: ReadonlyMap<string, string>): string =>
      write(qname, () => pick(['', '', ' ', '\n', '<!-- -->']), scope, chance(30));

    const writeTree = ({ name, content }: Tree, scope: ReadonlyMap<string, string>): string => {
      const qname = qnameOf(name);
      const { local } = parts(qname);
      if (content === null) return pick([() => '', () => empty(qname, scope)])();
      if (typeof content === 'string') return write(qname, () => text(content, local), scope);
      const there = new Set(content.map((child) => qnameOf(child.name)));
      const absent = (optionalChildren.get(qname) ?? []).filter((child) => !there.has(child) && chance(40));
      const children = shuffled(content, draw).map(
        (child) => (inner: ReadonlyMap<string, string>) => writeTree(child, inner),
      );
      for (const child of absent) children.splice(draw(children.length + 1), 0, (inner) => empty(child, inner));
      return write(qname, (inner) => children.map((child) => `${spaces()}${child(inner)}`).join('') + spaces(), scope);
    };
    return writeTree(tree, new Map());
  };
}

/** Another order in which those of one name keep theirs. */
function shuffled(items: readonly Tree[], draw: (below: number) => number): Tree[] {
  const names = items.map(({ name }) => name);
  for (let last = names.length - 1; last > 0; last -= 1) {
    const other = draw(last + 1);
    [names[last], names[other]] = [names[other] ?? '', names[last] ?? ''];
  }
  const queues = new Map<string, Tree[]>();
  for (const item of items) queues.set(item.name, [...(queues.get(item.name) ?? []), item]);
  return names.flatMap((name) => queues.get(name)?.shift() ?? []);
}

function qnameOf(name: string): QName {
  const [prefix = '', local = ''] = name.split(':');
  return `{${namespaces.get(prefix)}}${local}`;
}

function parts(qname: QName): { readonly uri: string; readonly local: string } {
  const end = qname.indexOf('}');
  return { uri: qname.slice(1, end), local: qname.slice(end + 1) };
}
