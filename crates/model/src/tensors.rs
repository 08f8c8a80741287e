//! Named arrays of numbers in `safetensors` form, little-endian, checked when read.

use std::borrow::Cow;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// Arrays to be written.
#[derive(Debug, Default)]
pub struct TensorsOut {
    arrays: Vec<Array>,
}

#[derive(Debug)]
struct Array {
    name: Cow<'static, str>,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    fn view(&self) -> Result<(&str, TensorView<'_>), String> {
        TensorView::new(self.dtype, self.shape.clone(), &self.bytes)
            .map(|view| (self.name.as_ref(), view))
            .map_err(|error| format!("array {}: {error}", self.name))
    }
}

impl TensorsOut {
    /// Adds an array of 32-bit floats of the given shape.
    #[must_use]
    pub fn with_f32(
        mut self,
        name: impl Into<Cow<'static, str>>,
        shape: Vec<usize>,
        values: &[f32],
    ) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.arrays.push(Array { name: name.into(), dtype: Dtype::F32, shape, bytes });
        self
    }

    /// Adds a list of 32-bit whole numbers.
    #[must_use]
    pub fn with_u32(mut self, name: &'static str, values: &[u32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let shape = vec![values.len()];
        self.arrays.push(Array { name: name.into(), dtype: Dtype::U32, shape, bytes });
        self
    }

    /// Adds a list of 64-bit whole numbers.
    #[must_use]
    pub fn with_u64(mut self, name: &'static str, values: &[u64]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let shape = vec![values.len()];
        self.arrays.push(Array { name: name.into(), dtype: Dtype::U64, shape, bytes });
        self
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// When an array does not fill its shape, as a sentence.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let views = self.arrays.iter().map(Array::view).collect::<Result<Vec<_>, _>>()?;
        safetensors::serialize(views, None).map_err(|error| error.to_string())
    }
}

/// Arrays that were read.
#[derive(Debug)]
pub struct Tensors<'a>(SafeTensors<'a>);

impl<'a> Tensors<'a> {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// When they are not a `safetensors` file, as a sentence.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, String> {
        SafeTensors::deserialize(bytes).map(Self).map_err(|error| error.to_string())
    }

    fn bytes(&self, name: &str, dtype: Dtype) -> Result<(Vec<usize>, &'a [u8]), String> {
        let view = self.0.tensor(name).map_err(|_| format!("array {name} is missing"))?;
        if view.dtype() != dtype {
            return Err(format!("array {name} holds {:?}, not {dtype:?}", view.dtype()));
        }
        Ok((view.shape().to_vec(), view.data()))
    }

    /// An array of finite 32-bit floats, with its shape.
    ///
    /// # Errors
    /// When it is missing, of another type, or holds a number that is not finite.
    pub fn f32(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        let (shape, bytes) = self.bytes(name, Dtype::F32)?;
        let values: Vec<f32> =
            bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(format!("array {name} holds a number that is not finite"));
        }
        Ok((shape, values))
    }

    /// A table of finite 32-bit floats: rows, columns, values.
    ///
    /// # Errors
    /// As [`Self::f32`], and when it has not two dimensions.
    pub fn f32_table(&self, name: &str) -> Result<(usize, usize, Vec<f32>), String> {
        let (shape, values) = self.f32(name)?;
        match shape[..] {
            [rows, cols] => Ok((rows, cols, values)),
            _ => Err(format!("array {name} has {} dimensions, not 2", shape.len())),
        }
    }

    /// A list of 32-bit whole numbers.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn u32(&self, name: &str) -> Result<Vec<u32>, String> {
        let (_, bytes) = self.bytes(name, Dtype::U32)?;
        Ok(bytes.as_chunks().0.iter().map(|&chunk| u32::from_le_bytes(chunk)).collect())
    }

    /// A list of 64-bit whole numbers.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn u64(&self, name: &str) -> Result<Vec<u64>, String> {
        let (_, bytes) = self.bytes(name, Dtype::U64)?;
        Ok(bytes.as_chunks().0.iter().map(|&chunk| u64::from_le_bytes(chunk)).collect())
    }

    /// A list of finite 64-bit floats that were written as their bits.
    ///
    /// # Errors
    /// When it is missing, of another type, or holds a number that is not finite.
    pub fn f64_bits(&self, name: &str) -> Result<Vec<f64>, String> {
        let values: Vec<f64> = self.u64(name)?.into_iter().map(f64::from_bits).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(format!("array {name} holds a number that is not finite"));
        }
        Ok(values)
    }
}
