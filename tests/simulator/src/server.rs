//! The network: connections, compression, and the faults that strike below HTTP.

use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;

use crate::clock::Millis;
use crate::faults::Action;
use crate::records::RequestRecord;
use crate::reply::Reply;
use crate::service::{self, Request};
use crate::wire::{Cut, CuttingStream};
use crate::world::World;

/// Accepts connections until the task is dropped.
pub async fn serve(listener: TcpListener, world: Arc<World>, tls: Option<TlsAcceptor>) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, world.clone(), tls.clone()));
        }
    }
}

async fn connection(stream: TcpStream, world: Arc<World>, tls: Option<TlsAcceptor>) {
    // A socket without this option still works, only slower.
    let _ = stream.set_nodelay(true);
    let cut = Arc::new(Cut::default());
    let stream = CuttingStream::new(stream, cut.clone());
    match tls {
        None => converse(stream, cut, world, "http").await,
        Some(tls) => {
            // Whoever does not trust the certificate goes away.
            if let Ok(stream) = tls.accept(stream).await {
                converse(stream, cut, world, "https").await;
            }
        }
    }
}

async fn converse<S>(stream: S, cut: Arc<Cut>, world: Arc<World>, scheme: &'static str)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let service = service_fn(move |request| {
        let (world, cut) = (world.clone(), cut.clone());
        async move { Ok::<_, Infallible>(exchange(world, cut, request, scheme).await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    // The client may go away at any time; that is its right.
    let _ = http.timer(TokioTimer::new()).max_buf_size(1 << 20).serve_connection(io, service).await;
}

type HttpRequest = hyper::Request<Incoming>;
type HttpResponse = hyper::Response<PacedBody>;

async fn exchange(world: Arc<World>, cut: Arc<Cut>, request: HttpRequest, scheme: &'static str) -> HttpResponse {
    let begun = Instant::now();
    let request = Arc::new(received(request, scheme).await);
    let path = request.path();
    let is_control = path.starts_with("/_control");
    let faults = if is_control { Vec::new() } else { world.faults.strike(&path) };
    let latency = if is_control { 0 } else { world.switches().page_latency_ms };
    let stall = faults.iter().map(|fault| if let Action::Stall(millis) = fault { *millis } else { 0 }).sum::<u64>();
    if latency + stall > 0 {
        tokio::time::sleep(Duration::from_millis(latency + stall)).await;
    }
    let outcome = {
        let (world, request, faults) = (world.clone(), request.clone(), faults.clone());
        tokio::task::spawn_blocking(move || answer(&world, &request, &faults, begun)).await
    };
    let reply = outcome.unwrap_or_else(|_| Reply::empty(500));
    let skew = faults.iter().map(|fault| if let Action::ClockSkew(millis) = fault { *millis } else { 0 }).sum::<i64>();
    response(reply, &faults, &cut, world.clock.now() + skew)
}

async fn received(request: HttpRequest, scheme: &'static str) -> Request {
    let (parts, body) = request.into_parts();
    let headers = parts.headers.iter();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    Request {
        scheme,
        method: parts.method.as_str().to_owned(),
        raw_path: parts.uri.path().to_owned(),
        raw_query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
    }
}

/// Answers, records, and compresses.
fn answer(world: &World, request: &Request, faults: &[Action], begun: Instant) -> Reply {
    let (mut reply, traits) = service::answer(world, request, faults);
    for fault in faults {
        match fault {
            Action::Status(status) => {
                let text = format!("Fault injected: {status}");
                reply = crate::failure::Failure::plain(*status, text).reply(&world.switches());
            }
            Action::HtmlPage => {
                let page = "<!DOCTYPE html><html><body><h1>Exact Online is being updated</h1></body></html>";
                reply = Reply::new(200, "text/html; charset=utf-8", page.as_bytes().to_vec());
            }
            Action::EmptyBody => reply = Reply { body: Vec::new(), ..reply },
            Action::TruncatedBody(bytes) => reply.body.truncate(reply.body.len().saturating_sub(*bytes)),
            Action::TrailingBytes(bytes) => reply.body.extend_from_slice(bytes.as_bytes()),
            _ => {}
        }
    }
    if !traits.is_control {
        record(world, request, &reply, &traits, faults, begun);
    }
    compress(request, reply, faults)
}

fn record(
    world: &World,
    request: &Request,
    reply: &Reply,
    traits: &service::Traits,
    faults: &[Action],
    begun: Instant,
) {
    let is_secret = |name: &str| matches!(name, "authorization" | "cookie");
    let pairs = crate::odata::options::QueryOptions::parse(&request.raw_query).pairs;
    let query: Vec<String> = pairs.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect();
    let record = RequestRecord {
        method: request.method.clone(),
        path: request.path(),
        query: query.join("&"),
        raw_query: request.raw_query.clone(),
        headers: request.headers.iter().filter(|(name, _)| !is_secret(name)).cloned().collect(),
        body: if traits.is_token { String::new() } else { String::from_utf8_lossy(&request.body).into_owned() },
        status: reply.status,
        division: traits.division,
        is_token: traits.is_token,
        is_me: traits.is_me,
        bytes: reply.body.len() as u64,
        rows: reply.rows,
        duration: begun.elapsed(),
        fault: (!faults.is_empty()).then(|| format!("{faults:?}")),
    };
    if world.print_requests {
        let line = serde_json::to_string(&record).unwrap_or_default();
        // Nobody may be reading.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
    world.records.push(record);
}

/// Gzip when the client asks for it (fact sheet 6.1), unless a fault says otherwise.
fn compress(request: &Request, mut reply: Reply, faults: &[Action]) -> Reply {
    let forced = faults.iter().find_map(|fault| if let Action::Gzip(on) = fault { Some(*on) } else { None });
    let asked =
        request.header("Accept-Encoding").is_some_and(|accepted| accepted.to_ascii_lowercase().contains("gzip"));
    let is_broken = faults.contains(&Action::BrokenGzip);
    if is_broken {
        return reply.with("Content-Encoding", "gzip");
    }
    if !forced.unwrap_or(asked) || reply.body.is_empty() {
        return reply;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(reply.body.len() / 8), Compression::fast());
    if let Ok(compressed) = encoder.write_all(&reply.body).and_then(|()| encoder.finish()) {
        reply.body = compressed;
        return reply.with("Content-Encoding", "gzip");
    }
    reply
}

fn response(reply: Reply, faults: &[Action], cut: &Cut, now: Millis) -> HttpResponse {
    let mut pace = Pace::default();
    let mut length = reply.body.len() as i64;
    for fault in faults {
        match fault {
            Action::ResetBeforeHeaders => cut.after(0),
            Action::ResetInHeaders => cut.after(20),
            Action::ResetInBody(bytes) => {
                pace.reset_after = Some(*bytes);
                cut.reset_at_end();
            }
            Action::WrongContentLength(delta) => length += delta,
            Action::SlowDrip(millis) => pace.drip = Some(Duration::from_millis(*millis)),
            Action::StallInBody(millis) => pace.stall = Some(Duration::from_millis(*millis)),
            _ => {}
        }
    }
    let mut builder = hyper::Response::builder().status(reply.status).header("Date", http_date(now));
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    if reply.status != 204 {
        builder = builder.header("Content-Length", length.max(0));
    }
    let body = PacedBody::new(Bytes::from(reply.body), pace);
    builder.body(body).unwrap_or_else(|_| hyper::Response::new(PacedBody::new(Bytes::new(), Pace::default())))
}

/// `Fri, 12 May 2023 08:18:25 GMT`.
fn http_date(now: Millis) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// How a body goes out when a fault strikes it.
#[derive(Default)]
struct Pace {
    drip: Option<Duration>,
    stall: Option<Duration>,
    reset_after: Option<usize>,
}

/// A body that may drip, stall, or break off.
pub struct PacedBody {
    rest: Bytes,
    half: usize,
    pace: Pace,
    sent: usize,
    pause: Option<Pin<Box<Sleep>>>,
}

impl PacedBody {
    fn new(body: Bytes, pace: Pace) -> PacedBody {
        PacedBody { half: body.len() / 2, rest: body, pace, sent: 0, pause: None }
    }

    /// How much goes out next, and how long to wait before.
    fn step(&mut self) -> (usize, Option<Duration>) {
        if let Some(drip) = self.pace.drip {
            return (256, (self.sent > 0).then_some(drip));
        }
        if let Some(stall) = self.pace.stall {
            return if self.sent == 0 { (self.half.max(1), None) } else { (usize::MAX, Some(stall)) };
        }
        let reset_after = self.pace.reset_after;
        // The pause lets what was sent reach the client before the reset.
        (reset_after.unwrap_or(usize::MAX), reset_after.filter(|_| self.sent > 0).map(|_| Duration::from_millis(50)))
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let (size, wait) = self.step();
        if let Some(wait) = wait {
            let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
            if pause.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
        }
        if self.sent > 0 && self.pace.reset_after.is_some() {
            return Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())));
        }
        let size = size.min(self.rest.len());
        let piece = self.rest.split_to(size);
        self.sent += size.max(1);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }
}
