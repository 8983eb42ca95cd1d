"""Names of modules and tensors: what may stand between the dots of a key."""

from __future__ import annotations

from string import ascii_letters, digits

from archdsl.diagnostics import Fault, Span
from archdsl.diagnostics.text import escaped

CHARACTERS = frozenset(ascii_letters + digits + "_-")
MODULE_ATTRIBUTES = frozenset(
    """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float
    forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children
    named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
    set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
    _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl _forward_hooks _forward_hooks_always_called
    _forward_hooks_with_kwargs _forward_pre_hooks _forward_pre_hooks_with_kwargs _get_backward_hooks _get_backward_pre_hooks _get_name
    _is_full_backward_hook _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks
    _maybe_warn_non_full_backward_hook _modules _named_members _non_persistent_buffers_set _parameters
    _register_load_state_dict_pre_hook _register_state_dict_hook _replicate_for_data_parallel _save_to_state_dict _slow_forward
    _state_dict_hooks _state_dict_pre_hooks _version _wrapped_call_impl
    """.split()  # noqa: SIM905
)
"""what every `nn.Module` has; a child of that name would hide it"""


def name_fault(name: str, span: Span) -> Fault | None:
    """Why a name cannot stand in a key; nothing where it can.

    >>> from archdsl.diagnostics import Source
    >>> name_fault("layer1.conv", Span(Source("", ""), 0, 0))
    >>> name_fault("layer1.type", Span(Source("", ""), 0, 0)).diagnostic.message
    'every `nn.Module` has a `type` of its own, which this name would hide'
    """
    for part in name.split("."):
        if not part or not CHARACTERS.issuperset(part):
            found = "is empty between its dots" if not part else f"holds `{escaped(next(c for c in part if c not in CHARACTERS))}`"
            message = f"`{escaped(name)}` is no name of a module or tensor: it {found}"
            return Fault("AD3003", span, message, help="names are letters, digits, `_` and `-`, between dots")
        if part in MODULE_ATTRIBUTES or part.startswith("__"):
            message = f"every `nn.Module` has a `{part}` of its own, which this name would hide"
            return Fault("AD3003", span, message, help=f"choose another name, as `{part.strip('_')}1`")
    return None
