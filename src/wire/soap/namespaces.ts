/** The SOAP versions that are understood. */
export type SoapVersion = '1.1' | '1.2';

/** Envelope namespaces by version (SOAP 1.1 section 3, SOAP 1.2 part 1 section 5.1). */
export const envelopeNamespaces: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};

/** WS-Security 1.0 extension elements. */
export const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';

/** WS-Security 1.0 utility elements: `Timestamp`, `Created`, `Expires`. */
export const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

const tokenProfile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';

/** Password types of the UsernameToken profile 1.0, section 3.1. */
export const passwordTypes = {
  text: `${tokenProfile}#PasswordText`,
  digest: `${tokenProfile}#PasswordDigest`,
} as const;

/** XML Schema instance namespace, home of `nil`. */
export const xsi = 'http://www.w3.org/2001/XMLSchema-instance';
