//! The rows about running, as a chart: for each a line, on which each contender has a point with its quartiles.

use std::fmt::Write as _;
use std::fs;
use std::io;

use crate::contender::ALL;
use crate::row::Row;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.svg");

const WIDTH: f64 = 980.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 950.0;
const TOP: f64 = 84.0;
const LINE: f64 = 30.0;

pub(crate) fn write(rows: &[Row]) -> io::Result<()> {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.runs && row.contenders().len() > 1).collect();
    fs::write(FILE, draw(&rows))
}

fn draw(rows: &[&Row]) -> String {
    let bottom = TOP + LINE * rows.len() as f64;
    let scale = Scale::of(rows);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        bottom + 44.0
    );
    legend(&mut svg);
    for power in scale.low..=scale.high {
        let at = scale.x(10_f64.powi(power));
        let label = if power < 0 { format!("{}", 10_f64.powi(power)) } else { format!("{:.0}", 10_f64.powi(power)) };
        let color = if power == 0 { "#111827" } else { "#d1d5db" };
        line(&mut svg, (at, TOP - 8.0), (at, bottom), color, 1.0);
        text(&mut svg, (at, bottom + 16.0), "middle", &label);
    }
    text(
        &mut svg,
        (f64::midpoint(LEFT, RIGHT), bottom + 34.0),
        "middle",
        "times as long as the row's base (at 1); left is faster",
    );
    for (number, row) in rows.iter().enumerate() {
        let middle = TOP + LINE * (number as f64 + 0.5);
        text(&mut svg, (LEFT - 12.0, middle + 4.0), "end", &row.what);
        line(&mut svg, (LEFT, middle), (RIGHT, middle), "#f3f4f6", 1.0);
        // Backwards: graceful lies on top.
        for (which, one) in ALL.iter().enumerate().rev() {
            let Some([low, median, high]) = row.ratios(which) else { continue };
            // Beside each other a little, so that equal ones can be told apart.
            let y = middle + (which as f64 - 3.0) * 3.0;
            line(&mut svg, (scale.x(low), y), (scale.x(high), y), one.color, 1.5);
            let x = scale.x(median);
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{}\"/>", one.color);
        }
    }
    svg + "</svg>\n"
}

fn legend(svg: &mut String) {
    for (number, one) in ALL.iter().enumerate() {
        let (x, y) = (24.0 + 235.0 * (number % 4) as f64, 22.0 + 22.0 * (number / 4) as f64);
        let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"5\" fill=\"{}\"/>", one.color);
        text(svg, (x + 10.0, y + 4.0), "start", one.name);
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), color: &str, width: f64) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{color}\" stroke-width=\"{width}\"/>"
    );
}

/// No text in here has a character that XML knows.
fn text(svg: &mut String, at: (f64, f64), anchor: &str, text: &str) {
    let (x, y) = at;
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#111827\">{text}</text>");
}

/// Logarithmic, from one power of ten to another.
struct Scale {
    low: i32,
    high: i32,
}

impl Scale {
    fn of(rows: &[&Row]) -> Self {
        let ratios = || rows.iter().flat_map(|row| (0..ALL.len()).filter_map(|which| row.ratios(which))).flatten();
        let low = ratios().fold(1.0, f64::min).log10().floor();
        let high = ratios().fold(10.0, f64::max).log10().ceil();
        Self { low: low as i32, high: high as i32 }
    }

    fn x(&self, ratio: f64) -> f64 {
        let part = (ratio.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        LEFT + (RIGHT - LEFT) * part
    }
}
