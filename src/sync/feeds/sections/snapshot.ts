import { RE2JS } from 're2js';
import { type Failed, failed } from '../../../base/result.ts';
import type { FeedSection } from './section.ts';

/** A course that the operator has switched on or off, by the names that rows have; compared in any case. */
export interface EnrolledCourse {
  /** Empty: rows name none. */
  faculty: string;
  department: string;
  course: string;
  enrolled: boolean;
}

/** A pattern (RE2, in any case, anywhere in the name) for departments or courses. */
export interface SnapshotPattern {
  of: 'department' | 'course';
  pattern: string;
}

/** What a student record system's snapshots (`POST /v1/sync`) mean; part of a feed's settings. */
export interface SnapshotSettings {
  /** Whether snapshots are applied, refused, or only reported. */
  sync: 'enabled' | 'disabled' | 'dry-run';
  /** Courses whose students get accounts, and known ones whose students get none; of others the run reports that they are new. */
  courses: EnrolledCourse[];
  /** Departments whose new courses are enrolled without being named, where `createCourses` says so. */
  departments: { faculty: string; department: string }[];
  createCourses: boolean;
  /** Where any is of a level, only departments or courses that match one are looked at. */
  include: SnapshotPattern[];
  /** Departments and courses that are left out. */
  exclude: SnapshotPattern[];
}

const name = { type: 'string', maxLength: 256 };
const mostPattern = 500;
const patterns = {
  type: 'array',
  maxItems: 100,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['of', 'pattern'],
    properties: {
      of: { enum: ['department', 'course'] },
      pattern: { type: 'string', minLength: 1, maxLength: mostPattern },
    },
  },
};

/** The rules of the setting `snapshot`. */
export const snapshotSection: FeedSection<SnapshotSettings> = {
  properties: {
    sync: { enum: ['enabled', 'disabled', 'dry-run'] },
    courses: {
      type: 'array',
      maxItems: 10_000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['faculty', 'department', 'course', 'enrolled'],
        properties: {
          faculty: name,
          department: name,
          course: { ...name, minLength: 1 },
          enrolled: { type: 'boolean' },
        },
      },
    },
    departments: {
      type: 'array',
      maxItems: 2_000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['faculty', 'department'],
        properties: { faculty: name, department: { ...name, minLength: 1 } },
      },
    },
    createCourses: { type: 'boolean' },
    include: patterns,
    exclude: patterns,
  },
  secrets: [],
  required: [],
  defaults: { sync: 'enabled', courses: [], departments: [], createCourses: false, include: [], exclude: [] },
  check: (section) =>
    patternFault('include', section.include) ??
    patternFault('exclude', section.exclude) ??
    twice('courses', section.courses, ({ faculty, department, course }) => [faculty, department, course]) ??
    twice('departments', section.departments, ({ faculty, department }) => [faculty, department]),
};

/** The settings of a feed of snapshots for which nobody has set anything. */
export const defaultSnapshot = snapshotSection.defaults as SnapshotSettings;

function patternFault(field: 'include' | 'exclude', given: readonly SnapshotPattern[]): Failed | undefined {
  for (const [at, { pattern }] of given.entries()) {
    try {
      RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    } catch {
      const text = `The setting snapshot.${field}.${at}.pattern is no pattern of RE2; back references and look-around are not known there.`;
      return failed('invalid-request', text, { field: `${field}.${at}.pattern` });
    }
  }
  return undefined;
}

function twice<T>(field: string, given: readonly T[], namesOf: (one: T) => readonly string[]): Failed | undefined {
  const seen = new Set<string>();
  for (const [at, one] of given.entries()) {
    const names = namesOf(one);
    const folded = names.map((part) => part.trim().toLowerCase()).join('\n');
    if (seen.has(folded)) {
      const shown = names.filter((part) => part !== '').join(', ');
      return failed('invalid-request', `The setting snapshot.${field}.${at} names ${shown} a second time.`, {
        field: `${field}.${at}`,
      });
    }
    seen.add(folded);
  }
  return undefined;
}
