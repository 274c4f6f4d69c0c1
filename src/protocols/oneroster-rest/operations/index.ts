export { type Match, makeMatcher, opens } from './matcher.ts';
export { collectionOf, type Noun, nounOf, viewOf } from './nouns.ts';
export type { Kind, Method, Operation, Parameter, Part, Row, Service, Version } from './operation.ts';
export { basePath, partOf, services } from './services.ts';
