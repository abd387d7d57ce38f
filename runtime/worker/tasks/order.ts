/** The order in which the objects of a task are processed. */

/** Its multiples without their whole parts spread evenly over 0 to 1, however many there are. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Positions of the objects. After a death of a worker, a task begins elsewhere: first backwards from its end, then from a place
 * within in either direction, and so on. So an object that kills its worker does not block the others for long: the next tries
 * skip what an earlier one has done.
 */
export function processingOrder(count: number, deaths: number): number[] {
  const start = Math.floor(count * Math.floor(deaths / 2) * GOLDEN_RATIO);
  const forwards = Array.from({ length: count }, (_, index) => (start + index) % count);
  return deaths % 2 === 0 ? forwards : forwards.reverse();
}
