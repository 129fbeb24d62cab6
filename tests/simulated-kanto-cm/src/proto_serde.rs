//! How serde reads and writes a message inside a message: `null` when it is absent. Named by the generated code.

use protobuf::MessageField;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<T: Serialize, S: Serializer>(
    field: &MessageField<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    field.as_ref().serialize(to)
}

pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<MessageField<T>, D::Error> {
    Ok(MessageField::from_option(Option::<T>::deserialize(from)?))
}
