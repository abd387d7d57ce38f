/** Makes elements. Text is always text: nothing here reads markup, since keys and messages come from strangers. */

export type Child = Node | string | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined>;

/** An attribute that is `true` has no value; one that is `false` or undefined is left out. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(attribute, value === true ? '' : String(value));
  }
  made.append(...present(children));
  return made;
}

export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...present(children));
}

const present = (children: Child[]) =>
  children.filter((child): child is Node | string => child !== undefined && child !== false);

/** A piece of a page that can show another state of the same thing. */
export interface Part<Value> {
  element: HTMLElement;
  show(value: Value): void;
}
