class CubicCalculator:
    def __init__(
        self,
        starting_max_rate: float,
        start_time: float,
        scale_constant: float = 0.4,
        beta: float = 0.7,
    ) -> None: ...
