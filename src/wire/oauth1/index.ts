export { baseString, type Oauth1Pair, percentEncoded } from './base-string.ts';
export { authorizationPairs, queryPairs } from './pairs.ts';
export { authorizationHeader, hmacSignature, type Oauth1Client, type Oauth1Method } from './signature.ts';
