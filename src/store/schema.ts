import mongoose from 'mongoose';
import type { TSchema } from 'typebox';

type Definition = mongoose.SchemaDefinition | mongoose.SchemaDefinitionProperty;

/** Turns a field table of `model/` into a mongoose schema definition, so that each noun is declared once. */
export function definitionOf(table: TSchema): Definition {
  const field = table as unknown as {
    type?: string;
    properties?: Record<string, TSchema>;
    items?: TSchema;
    anyOf?: TSchema[];
    enum?: unknown[];
  };
  if (field.type === 'object' && field.properties !== undefined) {
    const fields: Record<string, Definition> = {};
    for (const [name, child] of Object.entries(field.properties)) {
      // A field called `type` must be wrapped, or mongoose reads it as the type of its parent.
      fields[name] = name === 'type' ? { type: definitionOf(child) as never } : definitionOf(child);
    }
    return new mongoose.Schema(fields as mongoose.SchemaDefinition, { _id: false }) as unknown as Definition;
  }
  if (field.type === 'array' && field.items !== undefined) return [definitionOf(field.items)] as unknown as Definition;
  if (field.type === 'boolean') return Boolean as unknown as Definition;
  if (field.type === 'number') return Number as unknown as Definition;
  if (field.type === 'string' || field.anyOf !== undefined || field.enum !== undefined) {
    return String as unknown as Definition;
  }
  return mongoose.Schema.Types.Mixed as unknown as Definition;
}

/** Fields that every record has beside its data; `model/record.ts` explains them. */
export function recordSchema(data: TSchema): mongoose.Schema {
  return new mongoose.Schema(
    {
      _id: String,
      tenant: { type: String, required: true },
      state: { type: String, required: true },
      keys: { type: [String], default: undefined },
      imsId: String,
      sourcedIds: { type: [mongoose.Schema.Types.Mixed], default: undefined },
      sourcedId: String,
      data: definitionOf(data) as never,
      owner: String,
      claims: { type: [mongoose.Schema.Types.Mixed], default: undefined },
      locks: { type: [String], default: undefined },
      filled: mongoose.Schema.Types.Mixed,
      made: Boolean,
      derived: mongoose.Schema.Types.Mixed,
      shown: mongoose.Schema.Types.Mixed,
      waitsFor: { type: [String], default: undefined },
      droppedRoles: { type: [mongoose.Schema.Types.Mixed], default: undefined },
      views: { type: [String], default: undefined },
      trash: mongoose.Schema.Types.Mixed,
      createdAt: Date,
      updatedAt: Date,
      sequence: Number,
    },
    { versionKey: false, autoIndex: false, minimize: false },
  );
}
