export * from './caller.ts';
export * from './json-bounds.ts';
export * from './networks.ts';
export * from './outbound.ts';
export * from './outbound-fetch.ts';
export * from './plain-http.ts';
export * from './rate.ts';
