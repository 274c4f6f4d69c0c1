/**
 * An element of a small document or of one record. `name` is the local name where namespaces are read, else the name
 * as written. Attributes without a namespace stand under their name, others under `{namespace}name`; namespace
 * declarations are left out where namespaces are read. `text` is the character data directly inside, joined; white
 * space between child elements is left out.
 */
export interface XmlElement {
  readonly name: string;
  /** The namespace, `''` for none. */
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
  /** Only where text stands between child elements: both in their order. */
  readonly content?: readonly (string | XmlElement)[];
  /** Line of the start tag, from 1. */
  readonly line: number;
}

/** The first child of a local name, and of a namespace where one is given. */
export function childNamed(element: XmlElement, name: string, namespace?: string): XmlElement | undefined {
  return element.children.find(
    (child) => child.name === name && (namespace === undefined || child.namespace === namespace),
  );
}

/** All children of a local name, and of a namespace where one is given. */
export function childrenNamed(element: XmlElement, name: string, namespace?: string): XmlElement[] {
  return element.children.filter(
    (child) => child.name === name && (namespace === undefined || child.namespace === namespace),
  );
}
