/** Whether a text may stand in a spec, by the rules of the resource: pure. */
import type { Rule, TextShape } from '../../operator/api/field.ts';

export function fits(text: string, shape: TextShape): boolean {
  return whyNot(text, shape.rules) === undefined && Array.from(text).length <= shape.maxLength;
}

/** The sentence of the first rule that it breaks. */
export function whyNot(text: string, rules: readonly Rule[]): string | undefined {
  return rules.find((rule) => !rule.holds(text))?.message;
}
