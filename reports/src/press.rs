//! The press: lays values out by a template. It has our templates and typefaces, and no disk, network or clock.

use crate::{NotTypeset, binding::bound};
use std::sync::LazyLock;
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Dict, Duration, Smart, Value};
use typst::layout::Point;
use typst::model::Document;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::{Page, PagedDocument};
use typst_pdf::PdfOptions;

/// Source Sans has Latin, Greek and Cyrillic; DejaVu what it has not (Hebrew, Arabic, Georgian, Armenian, signs).
const TYPEFACES: [&[u8]; 3] = [
    include_bytes!("../fonts/SourceSans3-Regular.ttf"),
    include_bytes!("../fonts/SourceSans3-SemiBold.ttf"),
    include_bytes!("../fonts/DejaVuSans.ttf"),
];

static FONTS: LazyLock<Vec<Font>> =
    LazyLock::new(|| TYPEFACES.into_iter().flat_map(|face| Font::iter(Bytes::new(face))).collect());

struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    template: Source,
    frame: Source,
}

/// A template with its name.
pub(crate) type Template = (&'static str, &'static str);

const FRAME: Template = ("frame.typ", include_str!("../templates/frame.typ"));
const NUMBERS: Template = ("numbers.typ", include_str!("../templates/numbers.typ"));

/// A report on its way through the press: sheet by sheet, so that only one of them is in memory as anything but PDF.
pub(crate) struct Run {
    head: Value,
    /// How many pages there will be, and how many there are.
    total: usize,
    printed: usize,
    /// With a structure for screen readers. Its names are unique only within a sheet.
    tagged: bool,
    sheets: Vec<Vec<u8>>,
}

impl Run {
    pub fn of(head: Value, total: usize, tagged: bool) -> Self {
        Self { head, total, printed: 0, tagged, sheets: Vec::new() }
    }

    /// Numbers the pages of a sheet and makes PDF of them.
    pub fn print(&mut self, sheet: PagedDocument) -> Result<(), NotTypeset> {
        let integer = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let [first, count, total] = [self.printed + 1, sheet.pages().len(), self.total].map(integer);
        let values = [("head", self.head.clone()), ("first", first), ("count", count), ("total", total)];
        let numbers = layout(NUMBERS, values.into_iter().map(|(name, value)| (name.into(), value)).collect())?;
        self.printed += sheet.pages().len();
        let mut pages: EcoVec<Page> = sheet.pages().iter().cloned().collect();
        for (page, number) in pages.make_mut().iter_mut().zip(numbers.pages()) {
            page.frame.push_frame(Point::zero(), number.frame.clone());
        }
        let sheet = PagedDocument::new(pages, sheet.info().clone());
        let creator = Smart::Custom(Some("Docket".to_owned()));
        let options = PdfOptions { tagged: self.tagged, creator, ..PdfOptions::default() };
        self.sheets.push(typst_pdf::pdf(&sheet, &options).map_err(|errors| unprintable(&errors))?);
        Ok(())
    }

    /// The whole.
    pub fn bind(mut self) -> Result<Vec<u8>, NotTypeset> {
        if self.printed != self.total {
            return Err(NotTypeset::Template(format!("{} pages were numbered as {}", self.printed, self.total)));
        }
        match self.sheets.len() {
            1 => Ok(self.sheets.swap_remove(0)),
            _ => Ok(bound(self.sheets)?),
        }
    }
}

fn unprintable(errors: &[SourceDiagnostic]) -> NotTypeset {
    NotTypeset::Template(errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; "))
}

/// The pages that a template makes of these values, which it finds in `sys.inputs`. What the typesetter remembers of them is
/// forgotten at once: of a long table that would be more than a hundred times its text.
pub(crate) fn layout(template: Template, values: Dict) -> Result<PagedDocument, NotTypeset> {
    let press = Press::with(template, values)?;
    let pages = typst::compile::<PagedDocument>(&press).output.map_err(|errors| press.complaint(&errors));
    comemo::evict(0);
    pages
}

impl Press {
    fn with(template: Template, values: Dict) -> Result<Self, NotTypeset> {
        Ok(Self {
            library: LazyHash::new(Library::builder().with_inputs(values).build()),
            book: LazyHash::new(FontBook::from_fonts(FONTS.iter())),
            template: source(template)?,
            frame: source(FRAME)?,
        })
    }

    fn complaint(&self, errors: &[SourceDiagnostic]) -> NotTypeset {
        use typst::WorldExt;
        let line = |error: &SourceDiagnostic| {
            let source = error.span.id().and_then(|id| self.source(id).ok());
            let at = source.zip(self.range(error.span)).and_then(|(source, range)| {
                let line = source.lines().byte_to_line(range.start)? + 1;
                Some(format!("{}:{line}: ", source.id().vpath().get_without_slash()))
            });
            format!("{}{}", at.unwrap_or_default(), error.message)
        };
        NotTypeset::Template(errors.iter().map(line).collect::<Vec<_>>().join("; "))
    }
}

fn source((name, text): Template) -> Result<Source, NotTypeset> {
    let path = VirtualPath::new(name).map_err(|error| NotTypeset::Template(error.to_string()))?;
    Ok(Source::new(RootedPath::new(VirtualRoot::Project, path).intern(), text.to_owned()))
}

impl World for Press {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let known = [&self.template, &self.frame].into_iter().find(|source| source.id() == id);
        known.cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
