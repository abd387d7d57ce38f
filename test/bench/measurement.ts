/** What a scenario has measured of one way to do the work. */
export interface Measurement {
  name: string;
  objects: number;
  seconds: number;
  /** The most memory held at once. */
  mebibytes: number;
}
