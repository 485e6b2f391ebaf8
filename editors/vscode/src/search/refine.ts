/**
 * The second order of an answer, which a model gives a while after the first one. It never moves what somebody may be looking
 * at: the selected hit and everything above it stay where they are. Nothing here asks the server or knows VS Code.
 */
import type { Hit, Refinement } from '../protocol';
import { key } from './present';

/**
 * Hits in their refined order as far as that lies below `selected`; without a selection all of them. `order` lists for each
 * new place the place in `hits`, from 0; hits behind its last one stay. An order that is none of these hits changes nothing.
 */
export function refine(hits: readonly Hit[], { order }: Pick<Refinement, 'order'>, selected: Hit | undefined): Hit[] {
  const all = hits.map((_, place) => place);
  const known = order.length <= hits.length && [...order].sort((a, b) => a - b).every((place, at) => place === at);
  if (!known) return [...hits];
  const at = selected === undefined ? -1 : hits.findIndex((hit) => key(hit) === key(selected));
  const below = [...order, ...all.slice(order.length)].filter((place) => place > at);
  return [...all.slice(0, at + 1), ...below].flatMap((place) => hits[place] ?? []);
}
