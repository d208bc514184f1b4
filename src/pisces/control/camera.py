"""How are the bodies drawn without what is behind them? By a camera that sees neither sky nor floor.

It renders in the process that makes it, which must never have imported TensorFlow.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dm_control.mujoco import Physics

FLOOR = "grid"
"""The material of every floor of the suite."""

_OMITTED = ("mjRND_SHADOW", "mjRND_REFLECTION", "mjRND_SKYBOX")


class BodyCamera:
    """Sees the bodies of a task before black.

    Shadows, reflections and multisampling are left out as well: they would make pixels that are part body and
    part background, and take most of the time. Where such pixels are wanted, a larger picture is averaged.
    """

    def __init__(self, physics: "Physics", size: int):
        """Changes the looks of the model for good.

        Args:
            physics: Of a task of the suite, not rendered before.
            size: Width and height of pictures in pixels, S.

        Raises:
            ImportError: If `mujoco` or `dm_control` is missing.
        """
        from dm_control.mujoco.engine import Camera
        from mujoco import mjtRndFlag  # pyright: ignore[reportAttributeAccessIssue]

        model = physics.model
        model.vis.quality.offsamples = 0
        model.vis.global_.offwidth = model.vis.global_.offheight = size
        model.mat(FLOOR).rgba[3] = 0.0
        self._camera = Camera(physics, height=size, width=size, camera_id=0)
        for flag in _OMITTED:
            self._camera.scene.flags[mjtRndFlag.__members__[flag]] = 0

    def picture(self) -> np.ndarray:
        """The bodies as they are now: uint8 `[S, S, 3]`, row 0 at the top, black where no body is."""
        return self._camera.render()
