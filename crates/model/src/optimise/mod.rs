//! Minimising functions of a few variables, with and without slopes.

pub mod nelder_mead;
pub mod quasi_newton;
