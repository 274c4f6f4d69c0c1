import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS, type SaxesTagPlain } from 'saxes';
import { XmlError, type XmlErrorCode } from './error.ts';

/** Bounds of what is read; beyond them reading ends with an {@link XmlError} `too-large`. */
export interface XmlLimits {
  /** Elements inside each other. */
  readonly depth: number;
  /** Attributes of one element. */
  readonly attributes: number;
  /** Characters of an element's or attribute's name. */
  readonly nameLength: number;
  /** Characters of one text, attribute value, comment or other piece between two markup events. */
  readonly textLength: number;
  /** Elements and attributes in the whole text, together. */
  readonly elements: number;
}

/** Bounds that no honest IMS message comes near. */
export const defaultXmlLimits: XmlLimits = {
  depth: 64,
  attributes: 64,
  nameLength: 256,
  textLength: 1_048_576,
  elements: 100_000,
};

/** A start tag; names and attributes as {@link XmlElement} has them. */
export interface XmlStartTag {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly line: number;
}

/** Receivers of what is read. */
export interface XmlHandlers {
  open(tag: XmlStartTag): void;
  /** Character data; references and CDATA are resolved. One text may come in several pieces. */
  text(text: string): void;
  close(): void;
}

/** How to read. */
export interface XmlReaderOptions {
  /** Resolves namespaces (Namespaces in XML 1.0); without, names stay as written. */
  readonly namespaces: boolean;
  readonly limits?: Partial<XmlLimits>;
}

/** A push reader: feed pieces of text, then close. After an {@link XmlError} it cannot be used any more. */
export interface XmlReader {
  write(text: string): void;
  /** Ends the document and makes the reader ready for the next one. */
  close(): void;
}

const pieceLength = 65_536;
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';
const noAttributes: Readonly<Record<string, string>> = Object.freeze(Object.setPrototypeOf({}, null));
const saxesOptions = { forceXMLVersion: true, defaultXMLVersion: '1.0' } as const;

/**
 * A well-formedness checking XML 1.0 reader with limits. Refuses every document type declaration, so that no entity can
 * be defined and nothing is ever fetched; undefined entities are errors. Any fault throws an {@link XmlError}.
 */
export function makeXmlReader(handlers: XmlHandlers, options: XmlReaderOptions): XmlReader {
  const limits = { ...defaultXmlLimits, ...options.limits };
  const parser = options.namespaces
    ? new SaxesParser({ ...saxesOptions, xmlns: true })
    : new SaxesParser({ ...saxesOptions, xmlns: false });
  let depth = 0;
  let elements = 0;
  let attributes = 0;
  let lastEvent = 0;

  const fail = (code: XmlErrorCode, text: string): never => {
    throw new XmlError(code, text, { line: parser.line });
  };
  const checkLength = (length: number): void => {
    if (length > limits.textLength) fail('too-large', `a text is longer than ${limits.textLength} characters`);
  };
  const checkName = (name: string): void => {
    if (name.length > limits.nameLength) fail('too-large', `a name is longer than ${limits.nameLength} characters`);
  };
  const checkTag = (tag: { name: string }): void => {
    depth += 1;
    elements += 1;
    if (depth > limits.depth) fail('too-large', `elements are nested more than ${limits.depth} deep`);
    if (elements > limits.elements) fail('too-large', `more than ${limits.elements} elements and attributes`);
    checkName(tag.name);
  };

  // Not one handler more: beyond a dozen fields set by name, V8 turns the parser into a dictionary and it reads at a
  // fifth of the speed. Errors are therefore caught where the text is fed, comments are bounded with the text.
  parser.on('doctype', () => fail('forbidden-input', 'a document type declaration (DOCTYPE) is not allowed'));
  parser.on('attribute', ({ name, value }: { name: string; value: string }) => {
    lastEvent = parser.position;
    attributes += 1;
    elements += 1;
    if (attributes > limits.attributes) fail('too-large', `an element has more than ${limits.attributes} attributes`);
    checkName(name);
    checkLength(value.length);
  });
  parser.on('opentag', (tag: SaxesTagNS | SaxesTagPlain) => {
    lastEvent = parser.position;
    checkTag(tag);
    const some = attributes > 0;
    attributes = 0;
    const { line } = parser;
    if ('uri' in tag) {
      const values = some ? resolved(tag.attributes) : noAttributes;
      handlers.open({ name: tag.local, namespace: tag.uri, attributes: values, line });
    } else {
      handlers.open({ name: tag.name, namespace: '', attributes: some ? tag.attributes : noAttributes, line });
    }
  });
  parser.on('closetag', () => {
    lastEvent = parser.position;
    depth -= 1;
    handlers.close();
  });
  const onText = (text: string): void => {
    lastEvent = parser.position;
    checkLength(text.length);
    if (depth > 0) handlers.text(text);
  };
  parser.on('text', onText);
  parser.on('cdata', onText);

  const feed = (piece: string | null): void => {
    try {
      parser.write(piece);
    } catch (error) {
      const message = error instanceof Error ? /^\d+:\d+: (.*?)\.?$/.exec(error.message)?.[1] : undefined;
      if (message === undefined || error instanceof XmlError) throw error;
      fail('unreadable-input', message);
    }
  };

  return {
    write(text) {
      for (let from = 0; from < text.length; from += pieceLength) {
        feed(text.length <= pieceLength ? text : text.slice(from, from + pieceLength));
        if (parser.position - lastEvent > limits.textLength + pieceLength) {
          fail('too-large', `a text, comment or tag is longer than ${limits.textLength} characters`);
        }
      }
    },
    close() {
      feed(null);
      depth = 0;
      elements = 0;
      lastEvent = 0;
    },
  };
}

function resolved(attributes: Readonly<Record<string, SaxesAttributeNS>>): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  for (const { local, uri, value } of Object.values(attributes)) {
    if (uri !== xmlnsNamespace) values[uri === '' ? local : `{${uri}}${local}`] = value;
  }
  return values;
}
