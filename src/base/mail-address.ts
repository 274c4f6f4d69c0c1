const shape =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/**
 * Whether a text is one mail address in plain ASCII: the dot-atom form of RFC 5322, 3.4.1, at most 254 characters, 64 before
 * the `@` (RFC 5321, 4.5.3.1). Names beside it, lists, quoted forms and line ends are none.
 */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && text.indexOf('@') <= 64 && shape.test(text);
}
