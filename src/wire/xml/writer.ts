// Everything but Char, production 2 of XML 1.0: control characters, half surrogate pairs, U+FFFE and U+FFFF.
const illegal = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
// Everything but what can be written as it is; `&`, `<`, `>` and surrogates need a second look.
const suspectInText = /[^\t\n\u0020-%'-;=?-\uD7FF\uE000-\uFFFD]/;
const suspectInAttribute = /[^ !#-%'-;=?-\uD7FF\uE000-\uFFFD]/;

/** Values of attributes; undefined ones are left out. */
export type XmlAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Escapes character data. Characters that XML 1.0 cannot carry (control characters, half surrogate pairs, U+FFFE,
 * U+FFFF) are left out; a carriage return is written as a reference, since readers would turn it into a line feed.
 */
export function escapeText(text: string): string {
  if (!suspectInText.test(text)) return text;
  return text
    .replace(illegal, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

/** Escapes an attribute's value for double quotes; white space other than spaces is kept by references. */
export function escapeAttribute(text: string): string {
  if (!suspectInAttribute.test(text)) return text;
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

/** Writes a start tag; `name` is one of ours, never data. */
export function startTag(name: string, attributes: XmlAttributes = {}): string {
  return `<${name}${writeAttributes(attributes)}>`;
}

/** Writes an end tag. */
export function endTag(name: string): string {
  return `</${name}>`;
}

/** Writes an element around content that is XML already; without content it is empty. */
export function element(name: string, attributes: XmlAttributes | undefined, ...content: readonly string[]): string {
  const inside = content.length === 1 ? (content[0] ?? '') : content.join('');
  const tag = attributes === undefined ? name : `${name}${writeAttributes(attributes)}`;
  return inside === '' ? `<${tag}/>` : `<${tag}>${inside}</${name}>`;
}

/** Writes an element around a text, which is escaped; nothing at all for undefined. */
export function textElement(name: string, text: string | undefined, attributes?: XmlAttributes): string {
  return text === undefined ? '' : element(name, attributes, escapeText(text));
}

/** The XML declaration of everything that is written: XML 1.0 in UTF-8. */
export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

function writeAttributes(attributes: XmlAttributes): string {
  let text = '';
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) text += ` ${name}="${escapeAttribute(String(value))}"`;
  }
  return text;
}
