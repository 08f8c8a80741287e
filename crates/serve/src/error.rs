//! What can go wrong in the service; each message says what, where and what to do.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use decide::DecideError;
use event::{Bilingual, SiteId};
use feature::FeatureError;
use lake::LakeError;
use model::ModelError;
use text::TextError;

use crate::exam::ExamError;

/// An error of the service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Storage failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Features could not be built.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// A model could not be fitted, saved or loaded.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A decision could not be made.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// Models could not be judged.
    #[error(transparent)]
    Exam(#[from] ExamError),
    /// Reviews could not be read, or what was learnt from them not kept.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The shop has no trained model.
    #[error("site `{site}` has no trained model; run `dongcha train --site {site}`")]
    NoModel {
        /// The shop.
        site: SiteId,
    },
    /// The shop has no model of this version.
    #[error("site `{site}` has no model of version `{version}`; see `dongcha model list`")]
    NoVersion {
        /// The shop.
        site: SiteId,
        /// The version.
        version: String,
    },
    /// A model did not pass the checks before serving.
    #[error("version `{version}` may not serve: {reason}; the model that serves stays")]
    Unfit {
        /// The version.
        version: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No such shop.
    #[error("no site `{0}`; create it with `dongcha init`")]
    UnknownSite(SiteId),
    /// The plan for training cannot be carried out.
    #[error("the training plan does not work: {0}")]
    Plan(String),
    /// A parameter of a question cannot be used.
    #[error("{parameter} is `{found}`: {}", advice.en)]
    Parameter {
        /// Which.
        parameter: String,
        /// What it was.
        found: String,
        /// What it may be.
        advice: Box<Bilingual>,
    },
    /// A step in the life of advice that cannot be taken.
    #[error("{}", .0.en)]
    Life(Box<Bilingual>),
    /// A file operation failed.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A trained model on disk cannot be used.
    #[error("the model at {} cannot be used: {reason}; train again", path.display())]
    Bundle {
        /// Where it lies.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {source}; choose another address or stop what uses it")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The server could not be started or kept running.
    #[error("the server failed: {0}")]
    Server(io::Error),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for a key: {0}")]
    Random(String),
}
