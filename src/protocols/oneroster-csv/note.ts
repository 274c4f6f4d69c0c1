import type { NoticeKind } from '../../base/problem.ts';

/** Takes a remark on what is being read; `field` is the column. */
export type Note = (notice: NoticeKind, text: string, field?: string) => void;
