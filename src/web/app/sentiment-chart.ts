// The sentiment of both channels over the call. The lines differ in dash as well as in colour; the
// figure's label says in words where they stand.

import { type PropertyDeclarations, type TemplateResult, html } from "lit";
import uPlot from "uplot";
import { moodText } from "./badges.js";
import { PageElement } from "./element.js";
import { clock, signed } from "./format.js";
import { type Call, channelOf } from "./model.js";

const heightPx = 190;

export class SentimentChart extends PageElement {
  static override properties: PropertyDeclarations = {
    call: { attribute: false },
    version: { attribute: false },
  };
  declare call: Call;
  declare version: number;
  private plot: uPlot | null = null;
  private drawn = "";
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private readonly resize = new ResizeObserver(() => this.fit());

  override connectedCallback(): void {
    super.connectedCallback();
    this.dark.addEventListener("change", this.redraw);
    this.resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.dark.removeEventListener("change", this.redraw);
    this.resize.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  protected override render(): TemplateResult {
    const [agent, customer] = this.channels();
    const label =
      `Sentiment over the call. Customer: ${moodText(this.call.moods.get(customer))}. ` +
      `Agent: ${moodText(this.call.moods.get(agent))}.`;
    return html`<div class="chart" role="img" aria-label=${label}></div>
      <p class="chart-key" aria-hidden="true">
        <span class="key-customer">Customer</span><span class="key-agent">Agent</span
        ><span class="key-alert">Alert</span>
      </p>`;
  }

  protected override updated(): void {
    const points = this.call.moodPoints;
    const sign = `${this.call.id} ${points.length} ${points.at(-1)?.endMs} ${this.call.marks.length}`;
    if (this.plot && sign === this.drawn) return;
    this.drawn = sign;
    if (this.plot) this.plot.setData(this.data());
    else this.redraw();
  }

  private channels(): [number, number] {
    return [channelOf(this.call, "agent") ?? 0, channelOf(this.call, "customer") ?? 1];
  }

  private data(): uPlot.AlignedData {
    const [agent, customer] = this.channels();
    const points = [...this.call.moodPoints].sort((a, b) => a.endMs - b.endMs);
    const xs: number[] = [0];
    const lines: [(number | null)[], (number | null)[]] = [[null], [null]];
    for (const point of points) {
      const line = point.channel === customer ? 0 : point.channel === agent ? 1 : -1;
      if (line < 0) continue;
      const x = point.endMs / 1000;
      if (xs.at(-1) !== x) {
        xs.push(x);
        lines[0].push(null);
        lines[1].push(null);
      }
      lines[line as 0 | 1][xs.length - 1] = point.rolling;
    }
    return [xs, ...lines];
  }

  private readonly redraw = (): void => {
    const host = this.querySelector<HTMLElement>(".chart");
    if (!host) return;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(host), this.data(), host);
  };

  private fit(): void {
    const width = this.querySelector(".chart")?.clientWidth;
    if (this.plot && width && width !== this.plot.width)
      this.plot.setSize({ width, height: heightPx });
  }

  private options(host: HTMLElement): uPlot.Options {
    const style = getComputedStyle(this);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const axis = {
      stroke: colour("muted"),
      grid: { stroke: colour("line"), width: 1 },
      ticks: { show: false },
      font: `11px ${style.fontFamily}`,
    };
    return {
      width: host.clientWidth || 320,
      height: heightPx,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 8, 0, 0],
      scales: {
        x: { time: false, range: (_plot, _min, max) => [0, Math.max(30, max ?? 0)] },
        y: { range: [-1, 1] },
      },
      axes: [
        { ...axis, size: 32, gap: 12, values: (_plot, ticks) => ticks.map((s) => clock(s * 1000)) },
        {
          ...axis,
          size: 44,
          splits: () => [-1, -0.5, 0, 0.5, 1],
          values: (_plot, ticks) => ticks.map((tick) => signed(tick).replace(/0$/, "")),
        },
      ],
      series: [
        {},
        line("Customer", colour("customer"), []),
        line("Agent", colour("agent"), [6, 4]),
      ],
      hooks: { draw: [(plot) => this.drawAlerts(plot, colour("critical"))] },
    };
  }

  private drawAlerts(plot: uPlot, colour: string): void {
    const { ctx, bbox } = plot;
    const size = 4 * devicePixelRatio;
    ctx.save();
    ctx.fillStyle = colour;
    for (const alert of this.call.marks) {
      const x = plot.valToPos(alert.startMs / 1000, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x - size, bbox.top);
      ctx.lineTo(x + size, bbox.top);
      ctx.lineTo(x, bbox.top + 2 * size);
      ctx.fill();
    }
    ctx.restore();
  }
}

function line(label: string, stroke: string, dash: number[]): uPlot.Series {
  return { label, stroke, dash, width: 2, spanGaps: true, points: { size: 5, fill: stroke } };
}

customElements.define("sidetone-sentiment-chart", SentimentChart);
