import { LitElement } from "lit";

/** Draws into the page itself: one style sheet for all, which a strict policy can name. */
export class PageElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
