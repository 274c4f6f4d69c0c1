/** A list as the admin API gives it. */
export interface Listing<T> {
  items: T[];
  total: number;
  next: string | null;
}

/** Which part of a list. */
export interface Paging {
  readonly limit: number;
  readonly cursor?: string;
}
